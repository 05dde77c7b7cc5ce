import type { Actor } from '../core/access/actor.ts';
import { UserError } from '../core/base/errors/errors.ts';
import { versionName } from '../core/base/ids.ts';
import type { Pipeline } from '../core/declaration/pipeline.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import { isSensitive, shownBy } from '../core/declaration/redaction/redaction.ts';
import { hidesGates } from '../core/declaration/redaction/said-by-gates.ts';
import { goesBackTo, servesAlone, type Traffic, type TrafficTable } from '../core/rollout/traffic.ts';
import { comparisonOf, type Comparison } from '../core/training/versions/comparison.ts';
import type { CandidateResult, ModelVersion } from '../core/training/training.ts';
import type { ModelVersions } from '../core/training/versions/model-versions.ts';
import type { TrainingRuns } from '../core/training/versions/training-runs.ts';
import type { SharedClock } from '../core/time/clock.ts';
import { instant, type Instant } from '../core/time/time.ts';
import { createChampionNews, type ChampionNewsPorts } from './champion-news.ts';
import { readableToday } from './declarations.ts';
import { acts, reads } from './door.ts';

export interface ModelPorts {
  pipelines: Pick<Pipelines, 'applied' | 'declaration'>;
  trainingRuns: Pick<TrainingRuns, 'candidates'>;
  modelVersions: Pick<ModelVersions, 'list' | 'compared'>;
  traffic: Pick<TrafficTable, 'get' | 'promote'>;
  alerts: ChampionNewsPorts['alerts'];
  sharedClock: SharedClock;
}

interface Change {
  pipeline: string;
  reason: string;
}
interface Promotion extends Change {
  version: number;
  again?: boolean;
}
interface RollBack extends Change {
  to?: number | undefined;
}
const signed = ({ name, from }: Actor) => ({ by: name, from });

/** People's actions on model versions. All of them work with Temporal down: the traffic row is in Postgres. */
export const createModels = ({ pipelines, trainingRuns, modelVersions, traffic, alerts, sharedClock }: ModelPorts) => {
  const tell = createChampionNews({ pipelines, alerts });
  /** What gates said, by version, where they may have named levels of a column that is sensitive today. */
  const gatesShown = async (name: string, today: Pipeline | null): Promise<Map<number, ModelVersion['gate']>> => {
    if (!hidesGates(today)) return new Map();
    const versions = (await modelVersions.list(name)).map(shownBy(today).version);
    return new Map(versions.map(({ version, gate }) => [version, gate]));
  };
  const moment = async (): Promise<Instant> => instant((await sharedClock.read()).now());

  return {
    list: reads(async (pipeline: string): Promise<ModelVersion[]> => {
      const today = await readableToday(pipelines, pipeline);
      return (await modelVersions.list(pipeline)).map(shownBy(today).version);
    }),

    /** Versions side by side, in this order. */
    compare: reads(async (pipeline: string, versions: readonly number[]): Promise<Comparison> => {
      const today = await readableToday(pipelines, pipeline);
      const wanted = [...new Set(versions)];
      if (wanted.length < 2)
        throw new UserError(
          'REQUEST_INVALID',
          `Name at least two versions of ${pipeline} to compare. List them with: perennial models ${pipeline}`,
        );
      const gates = await gatesShown(pipeline, today);
      const found = (await modelVersions.compared(pipeline, wanted)).map((each) => ({
        ...each,
        gate: gates.get(each.version) ?? each.gate,
        ...((!today || isSensitive(today, today.label.name)) && { classes: null }),
      }));
      const missing = wanted.filter((version) => !found.some((each) => each.version === version));
      if (missing.length === 0) return comparisonOf(pipeline, found);
      throw new UserError(
        'MODEL_UNKNOWN',
        `${pipeline} has no version ${missing.map(versionName).join(', ')}. List its versions with: perennial models ${pipeline}`,
      );
    }),

    /** The candidates of a training run, with their metrics on the selection split. */
    candidates: reads((trainingRun: string): Promise<CandidateResult[]> => trainingRuns.candidates(trainingRun)),

    /**
     * Gives a version all traffic. If it already has all of it, nothing changes and no running training is superseded,
     * unless `again` is set, for servers that serve something else since the database was set back.
     */
    promote: acts(({ actor }) => async ({ again = false, ...change }: Promotion): Promise<Traffic> => {
      await pipelines.applied(change.pipeline);
      const now = await traffic.get(change.pipeline);
      if (!again && now && servesAlone(now, change.version)) return now;
      const at = await moment();
      const expectedGeneration = now?.generation ?? 0;
      const then = await traffic.promote({ ...change, ...signed(actor), expectedGeneration, at });
      if (now?.champion !== then.champion)
        await tell({ ...then, what: 'promoted', reason: change.reason, by: actor.name, at });
      return then;
    }),

    /**
     * Gives traffic back: to the champion, if it shares it with another version; otherwise to the version before it. With
     * `to` only if that is the one: otherwise a second click would undo the first.
     */
    rollBack: acts(({ actor }) => async ({ to, ...change }: RollBack): Promise<Traffic> => {
      const { pipeline } = change;
      await pipelines.applied(pipeline);
      const now = await traffic.get(pipeline);
      const serving = now?.champion;
      const previous = now && goesBackTo(now);
      if (now && previous !== null) {
        if (to === undefined || to === previous) {
          const at = await moment();
          const given = { ...change, ...signed(actor), version: previous, expectedGeneration: now.generation, at };
          const then = await traffic.promote(given);
          if (serving !== then.champion)
            await tell({ ...then, what: 'rolled back', reason: change.reason, by: actor.name, at });
          return then;
        }
        throw new UserError(
          'TRAFFIC_SUPERSEDED',
          `${versionName(to)} of ${pipeline} is no longer the previous version: ${versionName(serving!)} serves now, and ` +
            `${versionName(previous)} served before it. Nothing was changed.`,
        );
      }
      throw new UserError(
        'NOTHING_TO_ROLL_BACK_TO',
        `${pipeline} has no earlier champion: ${serving === undefined ? 'nothing serves yet' : `${versionName(serving)} is its first`}. ` +
          `To see which versions can be promoted: perennial models ${pipeline}`,
      );
    }),
  };
};
