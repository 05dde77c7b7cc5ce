import { messageOf, UserError } from '../core/base/errors/errors.ts';
import { findingsInWords, isWell } from '../client/findings.ts';
import { examine } from '../operations/doctor.ts';
import { startChecks } from './doctor.ts';
import { DEFAULT_HOME, openHome, type Home } from './stack/home-folder.ts';
import { bringNative } from './native.ts';
import { listenToPerson } from './person.ts';
import { createProgress } from './progress.ts';
import { startEverything, type StartOptions } from './start.ts';
import { SPEED } from './simulation/world.ts';
import { Command, InvalidArgumentError } from 'commander';
import { writeSync } from 'node:fs';
import { join } from 'node:path';

const say = (words: string): void => void process.stderr.write(`${words}\n`);
/** Some checks start a compiler or load a library, which takes its time on a busy machine. */
const PATIENCE_MS = 60_000;

/** `npm start`: everything on this machine, until a person stops it. */
async function main(options: StartOptions): Promise<number> {
  const person = listenToPerson();
  let home: Home | undefined;
  try {
    home = openHome(options.home);
    const { step } = createProgress();
    const began = performance.now();
    const started = await startEverything({ home, step, say, options });
    const took = `  Ready in ${((performance.now() - began) / 1000).toFixed(1)} s.`;
    say(`${took} Press ${started.drift ? 'd to inject drift, ' : ''}q to stop.`);
    const native = bringNative({ say, logFile: join(home.paths.logs, 'native.log') });
    // From here on a stop is orderly, with or without a simulated world.
    person.on('d', () => started.drift?.());
    const lost = await Promise.race([person.stop.then(() => null), started.lost]);
    person.ignore();
    await step('Stop', () => Promise.all([native.stop(), started.stop()]));
    if (lost === null) return 0;
    say(`${lost} ended unexpectedly, so everything was stopped. Its log is ${home.paths.logs}/${lost}.log`);
    return 1;
  } catch (error) {
    say(error instanceof UserError ? error.message : ((error as Error).stack ?? messageOf(error)));
    return 1;
  } finally {
    home?.close();
    person.ignore();
  }
}

/** `npm start -- --doctor`: prints whether a start would work. */
async function examineMachine(options: StartOptions & { json?: true }): Promise<number> {
  const findings = await examine(startChecks(options), PATIENCE_MS);
  process.stdout.write(`${options.json ? JSON.stringify(findings, null, 2) : findingsInWords(findings)}\n`);
  return isWell(findings) ? 0 : 1;
}

/** Reads a whole number of these, or says which there are. */
function numberFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Write a whole number from ${least} to ${most}.`);
  };
}

// A Ctrl-C in the middle of a step leaves no time to its progress line, which hides the cursor and holds stderr.
process.on('exit', () => void (process.stderr.isTTY && writeSync(process.stderr.fd, '\x1b[?25h')));

const program = new Command('npm start --')
  .description(
    'Runs Perennial on this machine: databases, Temporal, workers, prediction server, and simulated traffic.',
  )
  .option('--home <folder>', 'where all state is kept', DEFAULT_HOME)
  .option('--pipelines <folder>', 'folder of declarations', 'pipelines')
  .option('--speed <factor>', 'how much faster than real the simulated world runs', numberFrom(1, 100_000), SPEED)
  .option('--port <port>', 'the prediction server', numberFrom(1, 65_535), 8080)
  .option('--doctor', 'say what is missing and what would be fetched, start nothing, and exit 0 if it can start')
  .option('--json', 'with --doctor: print what was found as JSON')
  .parse();
const options = program.opts<StartOptions & { doctor?: true; json?: true }>();
process.exit(await (options.doctor ? examineMachine(options) : main(options)));
