/** What importing a shader gives; made at build time by `tools/shaderPlugin.ts`. */
declare module "*.wgsl" {
  const shader: {
    /** The file's stem: the kernel's name. */
    readonly name: string;
    /** Linked WGSL, without the prelude, in parts. */
    readonly code: readonly string[];
    /** The same with subgroup operations, if that makes a difference. */
    readonly subgroupCode?: readonly string[];
    /** Names of the constants that must be put in front of the code. */
    readonly prelude: readonly string[];
  };
  export default shader;
}
