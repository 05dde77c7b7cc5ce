import type { ChannelName, Target } from '../channels/index.ts';
import { shortTime, type Instant } from '../time/time.ts';
import type { Alert, Severity } from './alerts.ts';
import type { Delivery } from './deliveries.ts';

/** What came of the messages about an alert. Times are the database's clock's, as of all that leaves for people. */
export interface Sent {
  /** How many have arrived. */
  arrived: number;
  /** When one last arrived, and how severe it said that the alert is; null: none has. */
  lastAt: Instant | null;
  lastSeverity: Severity | null;
  /** How many are on their way and have not failed, or wait to be addressed. */
  waiting: number;
  /** When quiet hours end that one of them waits for; null: none does. */
  heldUntil: Instant | null;
  /** Whether the digest alone tells of it, as its pipeline declares, or servers say of alerts about the installation. */
  inDigest: boolean;
  /** The recipients whom the last messages have not reached. */
  failing: Unsent[];
}

export interface Unsent extends Target {
  attempts: number;
  error: string;
  /** After days of attempts. */
  givenUp: boolean;
}

/** A message about an alert to one recipient, without its text. */
export type SentMessage = Pick<
  Delivery,
  | 'id'
  | 'telling'
  | 'severity'
  | 'channel'
  | 'target'
  | 'createdAt'
  | 'attempts'
  | 'lastError'
  | 'deliveredAt'
  | 'givenUpAt'
>;

/** The reason of a resolution by a person who gave none. */
export const BY_HAND = 'resolved by hand';

/** What a person did to an alert. */
export interface DoneToAlert {
  at: Instant;
  by: string;
  what: 'acknowledged' | 'silenced' | 'unsilenced' | 'resolved';
  until: Instant | null;
  reason: string | null;
}

type Named = Pick<Alert, 'id' | 'summary'>;

/** What is around an alert: its messages, what people did, its cause, and what it explains. */
export interface AlertStory {
  /** The newest first, at most a hundred. */
  messages: SentMessage[];
  /** The oldest first. */
  done: DoneToAlert[];
  cause: Named | null;
  explains: Named[];
  /** When quiet hours end that a message about it waits for; null: none waits. */
  heldUntil: Instant | null;
}

export interface AlertsTold {
  /** Of each of these alerts, by its id. */
  sent(alerts: readonly string[]): Promise<ReadonlyMap<string, Sent>>;
  /** Of each of these messages alone, by its number. */
  sentOf(tellings: readonly number[]): Promise<ReadonlyMap<number, Sent>>;
  storyOf(alert: Pick<Alert, 'id' | 'fingerprint' | 'pipeline' | 'under'>): Promise<AlertStory>;
}

/** Of an alert without any message. */
export const nothingSent: Sent = {
  arrived: 0,
  lastAt: null,
  lastSeverity: null,
  waiting: 0,
  heldUntil: null,
  inDigest: false,
  failing: [],
};

/** An alert says that people were told only once a message has arrived. */
export function withSent<A extends Pick<Alert, 'told' | 'toldAt' | 'toldSeverity'>>(
  alert: A,
  sent = nothingSent,
): A & { sent: Sent } {
  return { ...alert, told: sent.arrived > 0, toldAt: sent.lastAt, toldSeverity: sent.lastSeverity, sent };
}

const titles: Record<ChannelName, string> = {
  email: 'mail',
  slack: 'Slack',
  teams: 'Teams',
  webhook: 'web hook',
  pagerduty: 'PagerDuty',
};

/** recipientInWords({ channel: 'slack', target: 'FRAUD_SLACK_URL' }) // => 'Slack (FRAUD_SLACK_URL)' */
export const recipientInWords = ({ channel, target }: Target): string =>
  channel === 'email' ? `mail to ${target}` : `${titles[channel]} (${target.split('/')[0]})`;

/** failureInWords({ ..., attempts: 7 }) // => 'Slack (FRAUD_SLACK_URL): the web hook of ... answered 404; tried 7 times' */
export function failureInWords({ attempts, error, givenUp, ...target }: Unsent): string {
  const tried = `tried ${attempts === 1 ? 'once' : `${attempts} times`}${givenUp ? ', given up' : ''}`;
  return `${recipientInWords(target)}: ${error.replace(/\.$/, '')}; ${tried}`;
}

/** A line for lists: notSentInWords({ failing: [slack, mail] }) // => 'not sent: Slack (FRAUD_SLACK_URL), mail to ada@example.com' */
export const notSentInWords = ({ failing }: Pick<Sent, 'failing'>): string | null =>
  failing.length === 0 ? null : `not sent: ${failing.map(recipientInWords).join(', ')}`;

/**
 * Why people have not heard of an alert; null when they have. `recipients`: how many get such alerts now; null: that is
 * not known.
 */
export function untoldInWords(
  { arrived, waiting, heldUntil, inDigest, failing }: Sent,
  recipients: number | null = null,
): string | null {
  if (arrived > 0) return null;
  if (failing.length > 0) return `not sent: ${failing.map(failureInWords).join('; ')}`;
  if (heldUntil !== null) return `its message waits for the end of quiet hours, ${shortTime(heldUntil)}`;
  if (waiting > 0) return 'its message is on its way';
  if (inDigest) return 'it is in the digest, the only message that is declared for it';
  return recipients === 0 ? 'nobody is told: no recipients are declared' : 'nobody was sent a message';
}
