import { UserError } from '../../core/base/errors/errors.ts';
import { type BuildPage, type PageContext } from '../context.ts';
import { type Page } from '../layout.ts';
import { alertsPage } from './alerts.ts';
import { experimentPage } from './experiment.ts';
import { homePage } from './home.ts';
import { pipelinePage } from './pipeline.ts';
import { reportsPage } from './reports.ts';
import { rolloutPage } from './rollout.ts';
import { runsPage } from './runs.ts';
import { versionPage } from './version.ts';

/** All pages by path: HTML for a browser, the same facts as JSON for a program. */
export const pages: Readonly<Record<string, BuildPage>> = {
  '/': homePage,
  '/alerts': alertsPage,
  '/pipelines/:name': pipelinePage,
  '/pipelines/:name/runs': runsPage,
  '/pipelines/:name/reports': reportsPage,
  '/pipelines/:name/rollouts/:id': rolloutPage,
  '/pipelines/:name/experiments/:id': experimentPage,
  '/pipelines/:name/versions/:version': versionPage,
};

/** The address of a live page: its path, and the page of a list. */
export function liveAddress(url: string): string {
  const { page } = queryOf(url);
  return url.split('?')[0]! + (page === undefined ? '' : `?page=${page}`);
}

/** The requested page of a list. */
export function queryOf(url: string): { page?: string } {
  const page = new URLSearchParams(url.split('?')[1]).get('page');
  return page !== null && /^\d{1,6}$/.test(page) ? { page } : {};
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
