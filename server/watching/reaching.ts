import { declaredTargets, installedTargets, lackingOf, type Reach, type Reaches } from '../../core/alerts/reach.ts';
import { type InstalledManners } from '../../core/alerts/installed.ts';
import { messageOf } from '../../core/base/errors/errors.ts';
import { type Target } from '../../core/channels/index.ts';
import { type Pipelines } from '../../core/declaration/pipelines.ts';
import { SECOND } from '../../core/time/time.ts';
import { type Log } from '../shipping/spool.ts';
import { createDeclared } from './deliveries.ts';
import { createTurns } from './turns.ts';

const EVERY = 30 * SECOND;

export interface ReachingParts {
  pipelines: Pick<Pipelines, 'list' | 'declaration'>;
  always: Target[];
  installed?: InstalledManners | undefined;
  reaches: Pick<Reaches, 'report'>;
  /** What this server lacks to reach a recipient; null: nothing. */
  lacks: (target: Target) => string | null;
  /** Whether this server has a mail server. */
  mail: boolean;
  replica: string;
  log: Log;
  everyMs?: number;
}

/** Says again and again which recipients of alerts this server cannot reach: only it knows what is set here. */
export function createReaching(parts: ReachingParts) {
  const { pipelines, always, installed = {}, reaches, lacks, mail, replica, log, everyMs = EVERY } = parts;
  const declared = createDeclared(pipelines);
  let complaint = '';

  async function reach(): Promise<Reach> {
    const named = [{ pipeline: null as string | null, targets: installedTargets(always, installed) }];
    for (const ref of await pipelines.list()) {
      // One that cannot be read hides no other; its alerts go to the installation.
      const notifications = await declared(ref).catch(() => null);
      if (notifications) named.push({ pipeline: ref.name, targets: declaredTargets(notifications) });
    }
    return { server: replica, mail, always: [...named[0]!.targets], lacks: lackingOf(named, lacks) };
  }

  async function look(): Promise<void> {
    try {
      await reaches.report(await reach());
      complaint = '';
    } catch (error) {
      if (messageOf(error) !== complaint) log.warn(`cannot say whom alerts reach: ${messageOf(error)}`);
      complaint = messageOf(error);
    }
  }

  const turns = createTurns(look, everyMs, { ms: SECOND, for: 'the last word on whom alerts reach' });
  return {
    look,
    start(): void {
      void look().finally(() => turns.start());
    },
    stop: () => turns.stop(),
  };
}
