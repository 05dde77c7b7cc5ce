import { targetsOf, type Target } from '../channels/index.ts';
import type { Notifications } from '../declaration/notifications.ts';
import type { Instant } from '../time/time.ts';
import type { InstalledManners } from './installed.ts';

/** What a server lacks to reach a recipient. */
export interface Lacking extends Target {
  /** The pipelines that declare it; empty: the installation does. */
  pipelines: string[];
  /** 'FRAUD_SLACK_URL is not set' */
  what: string;
}

/** Whom a server can send alerts to. */
export interface Reach {
  server: string;
  /** Whether it has a mail server. */
  mail: boolean;
  /** The recipients of every alert of the installation. */
  always: Target[];
  lacks: Lacking[];
}

/** A recipient that has taken no message for some time. */
export interface FailingTarget extends Target {
  pipelines: string[];
  messages: number;
  attempts: number;
  since: Instant;
  error: string;
}

export interface Reaches {
  report(reach: Reach): Promise<void>;
  /** Of the servers that have said so within minutes. */
  recent(): Promise<Reach[]>;
  /** The recipients whom messages do not reach, after several attempts. */
  failing(): Promise<FailingTarget[]>;
}

/** Everybody whom a declaration names, also for escalation; each once. */
export const declaredTargets = (
  declared: Pick<Notifications, 'escalate'> & Parameters<typeof targetsOf>[0],
): Target[] => unique([...targetsOf(declared), ...(declared.escalate ?? []).flatMap(targetsOf)]);

/** Everybody who gets alerts of the installation, also by escalation. */
export const installedTargets = (always: readonly Target[], { escalate = [] }: InstalledManners): Target[] =>
  unique([...always, ...escalate.flatMap(targetsOf)]);

const keyOf = ({ channel, target }: Target): string => `${channel} ${target}`;
const unique = (targets: readonly Target[]): Target[] => [
  ...new Map(targets.map((target) => [keyOf(target), target])).values(),
];

/** Adds up what is lacking; each recipient once, with all pipelines that declare it. */
export function lackingOf(
  named: readonly { pipeline: string | null; targets: readonly Target[] }[],
  lacks: (target: Target) => string | null,
): Lacking[] {
  const found = new Map<string, Lacking>();
  for (const { pipeline, targets } of named)
    for (const target of targets) {
      const what = lacks(target);
      if (what === null) continue;
      const known = found.get(keyOf(target)) ?? { ...target, pipelines: [], what };
      if (pipeline !== null) known.pipelines.push(pipeline);
      found.set(keyOf(target), known);
    }
  return [...found.values()];
}
