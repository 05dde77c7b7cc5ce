import { MINUTE } from '../core/time/time.ts';

/** Does the work now and a minute after each time. What fails is tried again then. Returns what ends it. */
export function eachMinute(work: () => Promise<void>): () => void {
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const again = async (): Promise<void> => {
    await work().catch(() => undefined);
    if (!ended) timer = setTimeout(() => void again(), MINUTE).unref();
  };
  void again();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
