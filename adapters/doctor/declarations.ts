import { listed } from '../../core/base/settings/setting-kinds.ts';
import { failed, ok, warning, type Check } from '../../core/runs/doctor.ts';
import { messageOf } from '../../core/base/errors/errors.ts';
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
        // It loads DuckDB, which no other command of the CLI has to wait for.
        const { createExtractor } = await import('../sources/extractor.ts');
        const extractor = createExtractor({
          secrets: createSecrets(environment),
          linkLocal: environment['PERENNIAL_SOURCES_LINK_LOCAL'] === 'true',
          dataRoots: listed(environment['PERENNIAL_DATA_ROOTS'] || 'pipelines'),
        });
        const [good, bad, unknown]: [string[], string[], string[]] = [[], [], []];
        for (const pipeline of await parsed()) {
          // A check needs the source's secrets.
          if ([...secretsOf(pipeline.source), ...secretsOf(pipeline.label)].some((name) => !environment[name])) {
            unknown.push(pipeline.name);
            continue;
          }
          const { rows, labels } = readingsOf(pipeline);
          const problem = await extractor.check(rows).then(() => extractor.check(labels)).then(() => undefined, messageOf); // prettier-ignore
          if (problem === undefined) good.push(pipeline.name);
          else bad.push(`${pipeline.name}: ${problem}`);
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

/** The variables that a declaration names anywhere: each is an object with only "env". */
function* secretsOf(declared: unknown): Generator<string> {
  if (typeof declared !== 'object' || declared === null) return;
  const { env } = declared as { env?: unknown };
  if (typeof env === 'string') yield env;
  for (const inner of Object.values(declared)) yield* secretsOf(inner);
}
