import { declaredTargets, type Reaches } from '../core/alerts/reach.ts';
import type { Target } from '../core/channels/index.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';

export interface RecipientPorts {
  pipelines: Pick<Pipelines, 'declared'>;
  reaches: Pick<Reaches, 'recent'>;
}

/** Who gets alerts, and why not, if a server cannot reach them. */
export interface Recipient extends Target {
  /** Whether the declaration names it; otherwise it gets all alerts of the installation. */
  declared: boolean;
  /** 'FRAUD_SLACK_URL is not set on server-0'; null: nothing, or no server has said so. */
  lacks: string | null;
}

/** The recipients by pipeline (null: of the installation); one is absent where they are not known. */
export async function recipientsOf(
  { pipelines, reaches }: RecipientPorts,
  names: readonly (string | null)[],
): Promise<Map<string | null, Recipient[]>> {
  const wanted = [...new Set(names)];
  if (wanted.length === 0) return new Map();
  const named = wanted.filter((name) => name !== null);
  const [servers, declared] = await Promise.all([
    reaches.recent(),
    named.length === 0 ? [] : pipelines.declared(named),
  ]);
  const lacksOf = ({ channel, target }: Target): string | null => {
    const lacking = servers.flatMap(({ server, lacks }) =>
      lacks.filter((one) => one.channel === channel && one.target === target).map(({ what }) => `${what} on ${server}`),
    );
    return lacking.length === 0 ? null : lacking.join(', ');
  };
  const always = servers[0]?.always.map((target) => ({ ...target, declared: false, lacks: lacksOf(target) }));
  const found = new Map<string | null, Recipient[]>();
  for (const name of wanted) {
    const declaration = declared.find(({ ref }) => ref.name === name)?.declaration;
    if (name !== null && !declaration) continue;
    const own = declaration ? declaredTargets(declaration.notifications) : [];
    // Before a server has said whom the installation tells, only a declaration that names somebody is known to reach one.
    if (!always && own.length === 0) continue;
    const isOwn = (other: Target): boolean =>
      own.some(({ channel, target }) => channel === other.channel && target === other.target);
    found.set(name, [
      ...own.map((target) => ({ ...target, declared: true, lacks: lacksOf(target) })),
      ...(always ?? []).filter((target) => !isOwn(target)),
    ]);
  }
  return found;
}
