import type { Alerts } from '../core/alerts/alerts.ts';
import { fingerprintOf } from '../core/alerts/occurrence.ts';
import { endedByChampion, promotedAlert } from '../core/alerts/rules/rollout-alerts.ts';
import { versionName } from '../core/base/ids.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import { goesBackTo, type Traffic } from '../core/rollout/traffic.ts';
import type { Instant } from '../core/time/time.ts';

export interface ChampionNewsPorts {
  pipelines: Pick<Pipelines, 'applied' | 'declaration'>;
  alerts: Pick<Alerts, 'raise' | 'resolve'>;
}

type News = Traffic & {
  what: 'promoted' | 'rolled back';
  reason: string;
  by: string;
  at: Instant;
};

/** Tells of a champion that somebody chose by hand. The traffic has changed: nothing about its alert may fail that. */
export const createChampionNews =
  ({ pipelines, alerts }: ChampionNewsPorts) =>
  ({ what, reason, by, at, ...traffic }: News): Promise<void> => {
    const { pipeline, generation, champion } = traffic;
    const tell = async (): Promise<void> => {
      const { notifications } = await pipelines.declaration(await pipelines.applied(pipeline));
      const said = {
        pipeline,
        version: champion,
        backTo: goesBackTo(traffic),
        reason: `${what} by ${by}: ${reason}`,
        at,
      };
      await alerts.raise(promotedAlert({ ...said, by: `generation/${generation}` }), notifications.cooldown);
      if (what === 'rolled back') return;
      const ended = { at, by, reason: `${versionName(champion)} serves` };
      for (const kind of endedByChampion) await alerts.resolve(fingerprintOf(kind, pipeline), ended);
    };
    return tell().catch(() => undefined);
  };
