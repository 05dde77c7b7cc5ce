export interface Progress {
  signal: AbortSignal;
  onProgress(detail: unknown): void;
}
