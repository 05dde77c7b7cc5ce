import type { Message } from '../channels/channel.ts';
import { contentId } from '../base/ids.ts';
import { shortTime, type Instant } from '../time/time.ts';

/** The message about a database that does not answer, which no alert can be stored about yet. */
export function wordsOfDirect(from: Instant, seconds: number): Omit<Message, 'target'> {
  const summary = `the database has not answered for ${seconds} s`;
  const detail =
    'Predictions are answered and wait in the spools of the servers. Loops wait, and no other alert can be sent. ' +
    'Check the database and the network to it.';
  return {
    id: contentId({ 'database-gone': from }),
    alert: null,
    telling: 'opened',
    severity: 'critical',
    subject: `[perennial critical] ${summary}`,
    text: `${summary}\n\n${detail}\n\nSeen since ${shortTime(from)}.`,
    facts: {
      fingerprint: 'database-gone',
      kind: 'database-gone',
      pipeline: null,
      summary,
      detail,
      openedAt: from,
      lastSeenAt: from,
      times: 1,
      acknowledgedBy: null,
      explains: [],
      resolution: null,
    },
  };
}

/** Ends what such messages opened; it is told where none is open, too. */
export const endOfDirect = (at: Instant): Omit<Message, 'target'> => ({
  ...wordsOfDirect(at, 0),
  telling: 'resolved',
  subject: '[perennial ok] the database answers',
  text: 'The database answers.',
});
