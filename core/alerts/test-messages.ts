import type { Target } from '../channels/index.ts';
import { MINUTE } from '../time/time.ts';
import type { Message } from './alert-words.ts';

/** Nobody waits longer for a test message. */
export const LONGEST_TEST_MS = 2 * MINUTE;

/** What became of a test message to one recipient. */
export interface Tested extends Target {
  arrived: boolean;
  /** Why not; null: it arrived, or no server has tried it yet. */
  error: string | null;
}

/** Test messages take the way of all others, by the servers, which alone know the secrets of channels. */
export interface TestMessages {
  /** Stores a message to each recipient, to be sent at once; returns its id. */
  send(pipeline: string, targets: readonly Target[], message: Message): Promise<string>;
  results(id: string): Promise<Tested[]>;
  /** What has not arrived by now is not tried again. */
  end(id: string): Promise<void>;
}

export const testMessage = (pipeline: string, by: string): Message => ({
  subject: `[perennial test] a test message of ${pipeline}`,
  text:
    `a test message of ${pipeline}\n\n${by} tests whether alerts of ${pipeline} arrive here. They do.\n\n` +
    'Nothing has happened, and there is nothing to do; if this opened an incident, resolve it.',
});
