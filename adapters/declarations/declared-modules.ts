import { readFileSync, statSync } from 'node:fs';
import module, { type LoadHook, type ResolveHook } from 'node:module';

const root = new URL('../../', import.meta.url).href;
const perennial = new URL('core/index.ts', root).href;
/** Then nothing has loaded TypeScript yet; see bin/load.js. */
const isBuilt = !import.meta.filename.endsWith('.ts');

let resolved: Promise<void> | undefined;

/**
 * Lets modules of any folder `import ... from 'perennial'` without an installation there: it is this package. And a
 * folder without a package.json can hold modules as `.ts` and `.js`, which Node would take for CommonJS.
 */
export const resolveDeclaredModules = (): Promise<void> => (resolved ??= register());

async function register(): Promise<void> {
  if (isBuilt) (await import('tsx/esm/api')).register();
  // Since Node 22.15 hooks can run in the thread that they serve; before, they have their own, which loads this file.
  if (typeof module.registerHooks === 'function')
    module.registerHooks({
      resolve: (specifier, context, next) =>
        declaredModule(specifier, context.parentURL) ?? next(named(specifier), context),
      load: (url, context, next) => declaredJavaScript(url) ?? next(url, context),
    });
  else module.register(import.meta.url);
}

export const resolve: ResolveHook = (specifier, context, next) =>
  declaredModule(specifier, context.parentURL) ?? next(named(specifier), context);

export const load: LoadHook = (url, context, next) => declaredJavaScript(url) ?? next(url, context);

const named = (specifier: string): string => (specifier === 'perennial' ? perennial : specifier);

/** A file outside this package and any dependency is a module if it reads like one; null: Node decides. */
function declaredModule(specifier: string, parent: string | undefined) {
  if (!/^(file:|\.\.?\/)/.test(specifier) || !URL.canParse(specifier, parent)) return null;
  const asked = new URL(specifier, parent);
  if (!isOutside(asked)) return null;
  // TypeScript code imports "./helper.js", or "./helper", for helper.ts.
  const names = [asked.href, asked.href.replace(/\.js$/, '.ts'), `${asked.href}.ts`, `${asked.href}.js`];
  const url = names.find((name) => /\.m?[tj]s$/.test(new URL(name).pathname) && isFile(new URL(name)));
  return url !== undefined && readsLikeModule(new URL(url)) ? { url, format: 'module', shortCircuit: true } : null;
}

/** JavaScript unchanged: Node reports the place of a syntax error, other loaders do not. */
function declaredJavaScript(url: string) {
  if (!/\.m?js($|\?)/.test(url) || !declaredModule(url, undefined)) return null;
  return { format: 'module', source: readFileSync(new URL(url), 'utf8'), shortCircuit: true };
}

const isOutside = ({ protocol, href, pathname }: URL): boolean =>
  protocol === 'file:' && !href.startsWith(root) && !pathname.includes('/node_modules/');

const isFile = (url: URL): boolean => statSync(url, { throwIfNoEntry: false })?.isFile() ?? false;

const readsLikeModule = (url: URL): boolean => /^\s*(import\b(?!\s*\()|export\b)/m.test(readFileSync(url, 'utf8'));
