import { UserError } from '../../core/base/errors/errors.ts';
import { type BuildPage, type PageContext } from '../context.ts';
import { type Page } from '../layout.ts';
import { alertPage } from './alert.ts';
import { alertsPage } from './alerts.ts';
import { comparePage } from './compare.ts';
import { experimentPage } from './experiment.ts';
import { homePage } from './home.ts';
import { pipelinePage } from './pipeline.ts';
import { reportsPage } from './reports.ts';
import { rolloutPage } from './rollout.ts';
import { runsPage } from './runs.ts';
import { trainingRunPage } from './training-runs/run.ts';
import { trainingRunsPage } from './training-runs/runs.ts';
import { versionPage } from './version.ts';
import { filterNames } from '../../core/search/filter.ts';

/** All pages by path: HTML for a browser, the same facts as JSON for a program. */
export const pages: Readonly<Record<string, BuildPage>> = {
  '/': homePage,
  '/alerts': alertsPage,
  '/alerts/:id': alertPage,
  '/pipelines/:name': pipelinePage,
  '/pipelines/:name/runs': runsPage,
  '/pipelines/:name/reports': reportsPage,
  '/pipelines/:name/rollouts/:id': rolloutPage,
  '/pipelines/:name/experiments/:id': experimentPage,
  '/pipelines/:name/compare': comparePage,
  '/pipelines/:name/training-runs': trainingRunsPage,
  '/pipelines/:name/training-runs/:id': trainingRunPage,
  '/pipelines/:name/versions/:version': versionPage,
};

/** The address of a live page: its path, the page of a list, the versions that are compared, and what is looked for. */
export function liveAddress(url: string): string {
  const { page, versions, filter } = queryOf(url);
  const query = [
    ...(page === undefined ? [] : [`page=${page}`]),
    ...(versions === undefined ? [] : versions.split(',').map((version) => `version=${encodeURIComponent(version)}`)),
    ...(filter === undefined ? [] : [filter]),
  ];
  return url.split('?')[0]! + (query.length === 0 ? '' : `?${query.join('&')}`);
}

/** What of an address asks for trials: their filter, and the option on the horizontal axis. */
const asksForTrials = new Set<string>([...filterNames, 'x']);
const LONGEST_VALUE = 200;

/** The requested page of a list, the versions to compare, separated by commas, and what is looked for. */
export function queryOf(url: string): { page?: string; versions?: string; filter?: string } {
  const query = new URLSearchParams(url.split('?')[1]);
  const page = query.get('page');
  const versions = query.getAll('version').filter((version) => version !== '');
  const asked = [...query].filter(([name, value]) => asksForTrials.has(name) && value !== '' && value.length <= LONGEST_VALUE); // prettier-ignore
  const filter = new URLSearchParams(asked).toString();
  return {
    ...(page !== null && /^\d{1,6}$/.test(page) && { page }),
    ...(versions.length > 0 && { versions: versions.join(',') }),
    ...(filter !== '' && { filter }),
  };
}

/** The page at an address. */
export async function pageAt(context: PageContext, address: string): Promise<Page> {
  const path = address.split('?')[0]!;
  const parts = path.split('/');
  for (const [url, build] of Object.entries(pages)) {
    const names = url.split('/');
    if (names.length !== parts.length) continue;
    if (!names.every((name, i) => name.startsWith(':') || name === parts[i])) continue;
    const parameters = names.flatMap((name, i) =>
      name.startsWith(':') ? [[name.slice(1), decodeURIComponent(parts[i]!)]] : [],
    );
    return build(context, { ...Object.fromEntries(parameters), ...queryOf(address) });
  }
  throw new UserError('REQUEST_INVALID', `There is no page ${path}.`);
}
