import type { Config } from '../core/base/settings/config.ts';
import { within } from '../core/time/time-limit.ts';

const LAST_SPANS_MS = 2_000;

/** Sends this process's spans to the collector that the settings name, if any; returns what ends that. */
export async function tracesOf({ tracesUrl }: Config, service: string): Promise<() => Promise<void>> {
  if (tracesUrl === null) return async () => undefined;
  const { startTraces } = await import('../adapters/telemetry/traces.ts');
  const end = startTraces(tracesUrl, service);
  return () => within(LAST_SPANS_MS, 'sending the last spans', end()).catch(() => undefined);
}
