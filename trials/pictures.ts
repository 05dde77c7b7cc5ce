import { readRunning } from '../adapters/machine/running.ts';
import { messageOf, UserError } from '../core/base/errors/errors.ts';
import { versionName } from '../core/base/ids.ts';
import { instant, milliseconds } from '../core/time/time.ts';
import { escapeHtml } from '../pages/html.ts';
import { openHome } from '../local/stack/home-folder.ts';
import { createProgress } from '../local/progress.ts';
import { startEverything } from '../local/start.ts';
import { findChromium, HOW_TO_GET_CHROMIUM } from '../local/toolchain/tools/chromium.ts';
import { output } from '../local/toolchain/tool.ts';
import { Command } from 'commander';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Page } from 'playwright-core';

const SIZE = { width: 1280, height: 800 };
const TALL = { width: 1280, height: 1100 };
const say = (words: string): void => void process.stderr.write(`${words}\n`);

interface Options {
  pipelines: string;
  pipeline: string;
  speed: number;
  minutes: number;
  out: string;
}

/** The console's JSON of a pipeline. */
interface Facts {
  champion: { version: number } | null;
  verdicts: { id: string; level: string }[];
  cycles: { reason: string; outcome: { result: string } | null }[];
  runs: { workflowId: string; runId: string; loop: string; status: string }[] | null;
}

/** `npm run pictures`: runs the product until it has seen drift and retrained, and photographs it for docs/images. */
async function main(options: Options): Promise<void> {
  const { step } = createProgress();
  const executablePath = await step('Chromium', (report) => findChromium({ report }));
  if (executablePath === null)
    throw new UserError('CONFIG_INVALID', `There is no Chromium to take pictures with. ${HOW_TO_GET_CHROMIUM}`);
  const folder = mkdtempSync(join(tmpdir(), 'perennial-pictures-'));
  const home = openHome(join(folder, 'home'));
  try {
    const { pipelines, speed } = options;
    const started = await startEverything({ home, step, say, options: { pipelines, speed, port: 8_380 } });
    try {
      const running = readRunning(home.folder)!;
      const server = `http://127.0.0.1:${running['PERENNIAL_PORT']}`;
      started.drift?.();
      const facts = await step('Drift, and a retraining', (tell) => untilRetrained(server, options, tell));
      const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []; // its sandbox refuses the administrator
      const browser = await chromium.launch({ executablePath, args });
      try {
        mkdirSync(options.out, { recursive: true });
        const page = await browser.newPage({ viewport: SIZE, colorScheme: 'light' });
        await step('Pictures', (tell) => shoot(page, options, { server, running, facts, home: home.folder, tell }));
      } finally {
        await browser.close();
      }
    } finally {
      await started.stop();
    }
  } finally {
    home.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Waits for a training after drift, up to the given time; the pictures show whatever there is then. */
async function untilRetrained(
  server: string,
  { pipeline, minutes }: Options,
  tell: (words: string) => void,
): Promise<Facts> {
  const deadline = Date.now() + milliseconds(`${minutes} minutes`);
  for (;;) {
    const answer = await fetch(`${server}/pipelines/${pipeline}`, { headers: { accept: 'application/json' } });
    const facts = (await answer.json()) as Facts;
    const retrained = facts.cycles?.some(({ reason, outcome }) => reason === 'drift' && outcome !== null);
    if (retrained) return facts;
    tell(`the last verdict: ${facts.verdicts?.[0]?.level ?? 'none'}, trainings: ${facts.cycles?.length ?? 0}`);
    if (Date.now() > deadline) {
      say(
        `No retraining after drift within ${minutes} minutes; the pictures show what there is at ${instant(Date.now())}.`,
      );
      return facts;
    }
    await sleep(2_000);
  }
}

interface Scene {
  server: string;
  running: Record<string, string | undefined>;
  facts: Facts;
  home: string;
  tell(words: string): void;
}

async function shoot(page: Page, { pipeline, out }: Options, { server, running, facts, home, tell }: Scene) {
  const take = async (name: string, fullPage = false): Promise<void> => {
    const path = join(out, `${name}.png`);
    await page.screenshot({ path, fullPage });
    tell(`${path}: ${Math.round(statSync(path).size / 1024)} KB`);
  };
  const visit = async (url: string): Promise<void> => void (await page.goto(url, { waitUntil: 'load' }));

  await visit(`${server}/`);
  await take('console');
  await visit(`${server}/pipelines/${pipeline}`);
  await page.setViewportSize(TALL);
  await take('console-pipeline');
  await page.setViewportSize(SIZE);
  if (facts.champion) {
    await visit(`${server}/pipelines/${pipeline}/versions/${facts.champion.version}`);
    await take('console-version');
    await visit(`${server}/pipelines/${pipeline}/reports/models/${versionName(facts.champion.version)}`);
    await take('model-card');
  }
  const telling = facts.verdicts.find(({ level }) => level === 'severe') ?? facts.verdicts[0];
  if (telling) {
    await visit(`${server}/pipelines/${pipeline}/reports/drift/${telling.id}`);
    await take('drift-report');
  }
  const training = facts.runs?.find(({ loop }) => loop === 'training') ?? facts.runs?.[0];
  if (training && running['TEMPORAL_UI_URL']) {
    const path = `namespaces/default/workflows/${encodeURIComponent(training.workflowId)}/${training.runId}/history`;
    await visit(`${running['TEMPORAL_UI_URL']}/${path}`);
    await page.getByText(training.workflowId).first().waitFor();
    await page.waitForLoadState('networkidle');
    await take('temporal-run');
  }
  await page.setContent(
    await terminal(home, [
      ['models', pipeline],
      ['runs', pipeline, '--limit', '8'],
      ['snapshots', pipeline, '--limit', '4'],
      ['schedules', pipeline],
    ]),
  );
  await take('terminal');
}

/** What a terminal shows of some commands. */
async function terminal(home: string, lines: string[][]): Promise<string> {
  const said: string[] = [];
  for (const line of lines) {
    const text = await output(process.execPath, ['bin/perennial.js', '--home', home, ...line]);
    said.push(`<b>$ npx perennial ${escapeHtml(line.join(' '))}</b>\n${escapeHtml(text)}`);
  }
  const style =
    'body{margin:0;overflow:hidden;background:#16191d;color:#d7dae0;font:13px/1.5 "DejaVu Sans Mono",Menlo,Consolas,monospace}' +
    'pre{margin:0;padding:20px 24px;white-space:pre-wrap;font:inherit}b{color:#8cbcf2;font-weight:600}';
  return `<!doctype html><meta charset="utf-8"><style>${style}</style><pre>${said.join('\n')}</pre>`;
}

const program = new Command('npm run pictures --')
  .description('Takes the pictures in docs/images of everything running: console, reports, Temporal and terminal.')
  .option('--pipelines <folder>', 'folder of declarations', 'pipelines')
  .requiredOption('--pipeline <name>', 'the one that is shown')
  .option('--speed <factor>', 'how much faster than real the simulated world runs', Number, 3_600)
  .option('--minutes <minutes>', 'how long to wait for a retraining after drift', Number, 20)
  .option('--out <folder>', 'where pictures go', 'docs/images')
  .parse();
main(program.opts<Options>()).catch((error: unknown) => {
  say(error instanceof UserError ? error.message : ((error as Error).stack ?? messageOf(error)));
  process.exitCode = 1;
});
