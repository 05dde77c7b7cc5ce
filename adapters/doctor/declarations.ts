import { listed } from '../../core/base/settings/setting-kinds.ts';
import { failed, ok, warning, type Check } from '../../core/runs/doctor.ts';
import { messageOf, UserError, type ErrorCode } from '../../core/base/errors/errors.ts';
import { within } from '../../core/time/time-limit.ts';
import { SECOND } from '../../core/time/time.ts';
import { readingsOf } from '../../core/sources/partitions.ts';
import { parsePipeline, type Pipeline } from '../../core/declaration/pipeline.ts';
import { createSecrets } from '../machine/secrets.ts';

type Environment = Record<string, string | undefined>;
type Read = () => Promise<{ input: unknown; file: string }[]>;

const parse = (declared: Awaited<ReturnType<Read>>): Pipeline[] =>
  declared.map(({ input, file }) => parsePipeline(input, file));

export const declarationsCheck = (read: Read): Check => ({
  name: 'declarations',
  look: async () =>
    ok(
      `${parse(await read())
        .map(({ name }) => name)
        .join(', ')} can be applied.`,
    ),
});

export function declarationChecks(read: Read, environment: Environment): Check[] {
  const parsed = async (): Promise<Pipeline[]> => parse(await read());
  return [
    declarationsCheck(read),
    {
      name: 'secrets',
      async look() {
        const names = [...new Set((await parsed()).flatMap((pipeline) => [...secretsOf(pipeline)]))];
        const unset = names.filter((name) => !environment[name]);
        if (unset.length === 0) return ok(names.length > 0 ? `${names.join(', ')} are set.` : 'None is needed.');
        return warning(
          `${unset.join(', ')} ${unset.length === 1 ? 'is' : 'are'} not set here.`,
          'That is fine as long as they are set where the workers and the server run.',
        );
      },
    },
    {
      name: 'sources',
      async look() {
        const check = await sourceCheck(environment);
        const [good, bad, unknown]: [string[], string[], string[]] = [[], [], []];
        for (const pipeline of await parsed()) {
          const checked = check(pipeline);
          if (checked === null) unknown.push(pipeline.name);
          else
            await checked.then(
              () => good.push(pipeline.name),
              (error: unknown) => bad.push(`${pipeline.name}: ${messageOf(error)}`),
            );
        }
        if (bad.length > 0)
          return failed(bad.join('\n'), 'Fix each of these; until then runs of these pipelines fail.');
        const words = good.length > 0 ? `The sources of ${good.join(', ')} answer.` : '';
        if (unknown.length === 0) return ok(words);
        return warning(
          `${words} Not checked: ${unknown.join(', ')}.`.trim(),
          'Their variables are not set here; a data run shows whether its worker reaches them.',
        );
      },
    },
  ];
}

/** Checks a pipeline's source and labels; null without their secrets. */
async function sourceCheck(environment: Environment): Promise<(pipeline: Pipeline) => Promise<void> | null> {
  // It loads DuckDB, which few commands of the CLI have to wait for.
  const { createExtractor } = await import('../sources/extractor.ts');
  const extractor = createExtractor({
    secrets: createSecrets(environment),
    linkLocal: environment['PERENNIAL_SOURCES_LINK_LOCAL'] === 'true',
    dataRoots: listed(environment['PERENNIAL_DATA_ROOTS'] || 'pipelines'),
  });
  return (pipeline) => {
    if ([...secretsOf(pipeline.source), ...secretsOf(pipeline.label)].some((name) => !environment[name])) return null;
    const { rows, labels } = readingsOf(pipeline);
    return extractor.check(rows).then(async () => void (await extractor.check(labels)));
  };
}

/** A source is other people's database. */
const AT_ONCE = 4;
const ofColumns: readonly ErrorCode[] = ['SOURCE_COLUMN_MISSING', 'SOURCE_COLUMN_TYPE'];

/**
 * What sources that can be reached from here within a few seconds say against the declared columns. It tells nothing of
 * all others: perhaps only the workers reach those.
 */
export async function columnProblems(
  declared: Awaited<ReturnType<Read>>,
  environment: Environment,
  patienceMs = 3 * SECOND,
): Promise<string[]> {
  const found: string[] = [];
  const over = AbortSignal.timeout(patienceMs);
  const look = async (): Promise<void> => {
    const check = await sourceCheck(environment);
    const { createTurns } = await import('../sources/turns.ts');
    const inTurn = createTurns(AT_ONCE);
    await Promise.all(
      parse(declared).map(async (pipeline) => {
        const error = await inTurn(over, async () => check(pipeline)).catch((reason: unknown) => reason);
        if (error instanceof UserError && ofColumns.includes(error.code))
          found.push(
            `${pipeline.name}: ${error.message} If workers see the same, its data loop fails until this is fixed.`,
          );
      }),
    );
  };
  await within(patienceMs, 'looking at the sources', look()).catch(() => undefined);
  return [...found];
}

/** The variables that a declaration names anywhere: each is an object with only "env". */
function* secretsOf(declared: unknown): Generator<string> {
  if (typeof declared !== 'object' || declared === null) return;
  const { env } = declared as { env?: unknown };
  if (typeof env === 'string') yield env;
  for (const inner of Object.values(declared)) yield* secretsOf(inner);
}
