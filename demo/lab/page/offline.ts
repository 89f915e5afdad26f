/** Asks the browser to keep this site for when there is no network. Only a built site has what it takes. */

export function keepOffline(): void {
  const worker = document.querySelector<HTMLMetaElement>('meta[name="offline"]')?.content;
  // Without permission, or storage, the page works as it is.
  if (worker !== undefined) navigator.serviceWorker?.register(worker).catch(() => {});
}
