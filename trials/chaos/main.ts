import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import { openHome, type Home } from '../../local/stack/home-folder.ts';
import { factsInWords, factsOf } from './report.ts';
import { OUTAGES } from './plan.ts';
import { playRounds } from './rounds.ts';
import { smallWorld } from './world.ts';
import { Command, InvalidArgumentError, Option } from 'commander';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Options {
  rounds?: number;
  seed: number;
  round?: number;
  faults: number;
  outages?: number;
  home: string;
  pipelines: string;
  json: boolean;
}

const ROUNDS = 5;

const say = (words: string): void => void process.stderr.write(`${words}\n`);

async function main(options: Options): Promise<number> {
  const { seed, round, outages, home: folder, pipelines, json } = options;
  const { rounds = outages === undefined ? ROUNDS : OUTAGES } = options;
  const faults = outages === undefined ? options.faults : 1;
  const outageMs = outages === undefined ? null : outages * 60_000;
  const home = emptyHome(folder);
  const started = performance.now();
  const tell = (words: string): void =>
    say(`${((performance.now() - started) / 1_000).toFixed(1).padStart(7)} s  ${words}`);
  try {
    tell(`seed ${seed}, ${round === undefined ? `${rounds} rounds` : `round ${round} alone`}, home ${home.folder}`);
    const world = await smallWorld(pipelines);
    const which = round === undefined ? Array.from({ length: rounds }, (_, i) => i + 1) : [round];
    const facts = factsOf(
      { seed, faults, outageMs },
      await playRounds({ home, world, seed, rounds: which, faults, outageMs, tell }),
    );
    if (json) process.stdout.write(`${JSON.stringify(facts, null, 2)}\n`);
    else process.stdout.write(`\n${factsInWords(facts, home.paths.logs)}`);
    return facts.ok ? 0 : 1;
  } catch (error) {
    say(`Seed ${seed}: ${error instanceof UserError ? error.message : ((error as Error).stack ?? messageOf(error))}`);
    say(`The logs are in ${home.paths.logs}`);
    return 1;
  } finally {
    home.close();
  }
}

/** A new folder, or one of earlier chaos: chaos starts empty, and deletes nothing else. */
function emptyHome(folder: string): Home {
  const home = openHome(folder);
  const marker = join(home.folder, 'chaos.json');
  if (!existsSync(marker) && readdirSync(home.paths.postgres).length > 0) {
    home.close();
    throw new UserError('ALREADY_RUNNING', `${home.folder} is somebody's home. Name another folder with --home.`);
  }
  writeFileSync(marker, JSON.stringify({ started: new Date() }));
  for (const path of Object.values(home.paths)) rmSync(path, { recursive: true, force: true });
  for (const path of Object.values(home.paths)) mkdirSync(path);
  return home;
}

function whole(text: string): number {
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text)))
    throw new InvalidArgumentError('Write a whole number.');
  return Number(text);
}

function minutes(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text) || Number(text) === 0)
    throw new InvalidArgumentError('Write minutes, like 10 or 0.2.');
  return Number(text);
}

const program = new Command('npm run chaos --')
  .description(
    'Runs lifecycles while killing, stopping and restarting everything, and looks after each round whether anything ' +
      'was lost or doubled. The same seed plans the same faults.',
  )
  .option('--rounds <n>', `how many rounds, a simulated day each (${ROUNDS}, or ${OUTAGES} of outages)`, whole)
  .option('--seed <n>', 'which faults, and which data', whole, Date.now() % 1_000_000)
  .option('--round <n>', 'this round alone, as planned for the seed', whole)
  .option('--faults <n>', 'faults a round', whole, 6)
  .addOption(
    new Option(
      '--outages [minutes]',
      'instead of faults, one long outage a round: of Postgres, the object store, Temporal',
    )
      .preset('10')
      .argParser(minutes),
  )
  .option('--home <folder>', 'made anew for each run', '.perennial-chaos')
  .option('--pipelines <folder>', 'folder of declarations', 'pipelines')
  .option('--json', 'print one object with rounds, faults and findings', false)
  .parse();
process.exit(
  await main(program.opts<Options>()).catch((error: unknown) => {
    say(error instanceof UserError ? error.message : ((error as Error).stack ?? messageOf(error)));
    return 1;
  }),
);
