/** p-queue's types name one DOM interface; declaring it keeps `lib: dom` (window, document, …) out of the server. */
declare global {
  interface AddEventListenerOptions {
    readonly capture?: boolean;
    readonly once?: boolean;
    readonly passive?: boolean;
    readonly signal?: AbortSignal;
  }
}

export {};
