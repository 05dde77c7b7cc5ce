import type { Alert, AlertKind, Alerts, Occurrence } from '../../../core/alerts/alerts.ts';
import type { Delivery, Outbox } from '../../../core/alerts/deliveries.ts';
import type { Pipelines } from '../../../core/declaration/pipelines.ts';
import { hidesGates, quotesShown, versionsNamedIn } from '../../../core/declaration/redaction/said-by-gates.ts';
import { byPipeline, type Crowd } from '../../../core/runs/crowd.ts';

/** What tells of a version may quote its gate. */
const quoting: ReadonlySet<AlertKind> = new Set<AlertKind>([
  'approval-wanted',
  'promoted',
  'rolled-back',
  'rollout-failed',
  'rollout-held',
  'training-failed',
  'training-failing',
  'training-no-help',
  'training-refused',
]);

type Quoting = Pick<Alert | Occurrence, 'pipeline' | 'kind' | 'summary' | 'detail'>;

interface Known {
  pipelines: Pick<Pipelines, 'declared'>;
  crowd: Pick<Crowd, 'versions'>;
}

/** Three queries, however many there are. */
async function allShown<Told extends Quoting>(all: readonly Told[], { pipelines, crowd }: Known): Promise<Told[]> {
  const named = all.map(({ pipeline, kind, summary, detail }) =>
    pipeline !== null && quoting.has(kind)
      ? versionsNamedIn(`${summary} ${detail}`).map((version) => ({ pipeline, version }))
      : [],
  );
  if (named.flat().length === 0) return [...all];
  const declared = await pipelines.declared([...new Set(named.flat().map(({ pipeline }) => pipeline))]);
  const todays = new Map(declared.map(({ ref, declaration }) => [ref.name, declaration]));
  const wanted = named.flat().filter(({ pipeline }) => hidesGates(todays.get(pipeline) ?? null));
  const versions = byPipeline(wanted.length > 0 ? await crowd.versions(wanted) : []);
  return all.map((told, i) => {
    const judged = named[i]!.flatMap(({ pipeline, version }) =>
      versions(pipeline)
        .filter((each) => each.version === version)
        .slice(0, 1),
    );
    return { ...told, detail: quotesShown(told.detail, judged, todays.get(told.pipeline ?? '') ?? null) };
  });
}

/**
 * Alerts whose words show what gates said as today's declarations do, when they are raised and when they are read: a column
 * may have become sensitive since.
 */
export function hidingGates(alerts: Alerts, known: Known): Alerts {
  const shown = async <Told extends Quoting>(one: Told): Promise<Told> => (await allShown([one], known))[0]!;

  return {
    ...alerts,
    raise: async (occurrence, cooldown) => alerts.raise(await shown(occurrence), cooldown),
    async resolve(fingerprint, resolution) {
      const ended = await alerts.resolve(fingerprint, resolution);
      return ended && shown(ended);
    },
    get: async (id) => shown(await alerts.get(id)),
    list: async (which) => allShown(await alerts.list(which), known),
    end: async (...asked) => shown(await alerts.end(...asked)),
    silence: async (...asked) => shown(await alerts.silence(...asked)),
    acknowledge: async (...asked) => shown(await alerts.acknowledge(...asked)),
  };
}

/** Messages likewise, at each attempt: they may have waited for days, and repeat an alert as it was stored. */
export const hidingGatesInMessages = (outbox: Outbox, known: Known): Outbox => ({
  ...outbox,
  async take(...asked) {
    const taken = await outbox.take(...asked);
    const told = taken.flatMap(({ facts }) => (facts ? [facts] : []));
    const shown = new Map((await allShown(told, known)).map((facts, i) => [told[i], facts]));
    return taken.map((delivery): Delivery => {
      const { text, facts } = delivery;
      const now = facts && shown.get(facts);
      return now ? { ...delivery, facts: now, text: text.replace(facts.detail, () => now.detail) } : delivery;
    });
  },
});
