import { hears, targetsOf, type Target } from '../channels/index.ts';
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
  /** Whether the digest alone tells of the installation's alerts; absent: it does not. */
  digestAlone?: true;
  lacks: Lacking[];
}

/** A recipient that has taken no message for some time. */
export interface FailingTarget extends Target {
  pipelines: string[];
  messages: number;
  attempts: number;
  since: Instant;
  error: string;
  /** Whether none of them is tried any more; none has arrived there since. */
  givenUp: boolean;
}

export interface Reaches {
  report(reach: Reach): Promise<void>;
  /** Of the servers that have said so within minutes. */
  recent(): Promise<Reach[]>;
  /** The servers that have said something within the hour. */
  heard(): Promise<ReadonlySet<string>>;
  /** The recipients whom messages do not reach, after several attempts, until one has arrived. */
  failing(): Promise<FailingTarget[]>;
}

/** Everybody whom a declaration names, also for escalation; each once. */
export const declaredTargets = (
  declared: Pick<Notifications, 'escalate'> & Parameters<typeof targetsOf>[0],
): Target[] => unique([...targetsOf(declared), ...(declared.escalate ?? []).flatMap(targetsOf)]);

/** Everybody who gets alerts of the installation, also by escalation. */
export const installedTargets = (always: readonly Target[], { escalate = [] }: InstalledManners): Target[] =>
  unique([...always, ...escalate.flatMap(targetsOf)]);

/** A pipeline's recipients (null: the installation's). */
export interface Named {
  pipeline: string | null;
  targets: readonly Target[];
}

/**
 * Whose alert it is that messages do not reach a recipient (null: the installation's). One outage is one alert: of a
 * recipient that the installation names, and of what several pipelines share, be it a recipient or what is wrong. But where
 * nobody else gets the installation's alerts, each pipeline's recipients are told.
 */
export function failingByOwner(
  failing: readonly FailingTarget[],
  named: readonly Named[],
  always: readonly Target[],
): Map<string | null, FailingTarget[]> {
  const pipelinesOf = (target: Target): string[] =>
    named.flatMap(({ pipeline, targets }) => (pipeline !== null && includes(targets, target) ? [pipeline] : []));
  const ofInstallation = named.flatMap(({ pipeline, targets }) => (pipeline === null ? targets : []));
  const told = always.some(
    (target) => hears(target, { telling: 'opened', severity: 'warning', hushed: false }) && !includes(failing, target),
  );
  const troubleOf = ({ channel, target, error }: FailingTarget): string => `${channel} ${error.replaceAll(target, '')}`;
  const sharing = new Map<string, Set<string>>();
  for (const one of failing) {
    const those = sharing.get(troubleOf(one)) ?? new Set();
    for (const pipeline of [...one.pipelines, ...pipelinesOf(one)]) those.add(pipeline);
    sharing.set(troubleOf(one), those);
  }
  const owners = new Map<string | null, FailingTarget[]>();
  for (const one of failing) {
    const isShared = told && sharing.get(troubleOf(one))!.size > 1;
    const its = one.pipelines.length === 0 || includes(ofInstallation, one) || isShared ? [null] : one.pipelines;
    for (const owner of its) owners.set(owner, [...(owners.get(owner) ?? []), one]);
  }
  return owners;
}

export const includes = (targets: readonly Target[], { channel, target }: Target): boolean =>
  targets.some((one) => one.channel === channel && one.target === target);

const keyOf = ({ channel, target }: Target): string => `${channel} ${target}`;
const unique = (targets: readonly Target[]): Target[] => [
  ...new Map(targets.map((target) => [keyOf(target), target])).values(),
];

/** Adds up what is lacking; each recipient once, with all pipelines that declare it. */
export function lackingOf(named: readonly Named[], lacks: (target: Target) => string | null): Lacking[] {
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
