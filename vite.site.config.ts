import { defineConfig } from "vite";
import { siteConfig } from "./tools/siteConfig.ts";

/** For `npm start`. */
export default defineConfig(siteConfig());
