import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import { attributes } from '../../workflows/messages.ts';
import type { ConnectionLike } from '@temporalio/client';

const KEYWORD = 2; // temporal.api.enums.v1.IndexedValueType
const names = Object.values(attributes).map(({ name }) => name);

/** Registers the search attributes that our workflows set, where the namespace lacks them. */
export async function ensureSearchAttributes(connection: ConnectionLike, namespace: string): Promise<void> {
  const registered = async () =>
    (await connection.operatorService.listSearchAttributes({ namespace })).customAttributes;
  const before = await registered();
  const unlike = names.find((name) => before[name] !== undefined && before[name] !== KEYWORD);
  if (unlike !== undefined) {
    throw new UserError(
      'CONFIG_INVALID',
      `Namespace ${namespace} has a search attribute ${unlike} that is not a Keyword. ` +
        `Perennial needs ${names.join(', ')} as Keywords: set TEMPORAL_NAMESPACE to a namespace of its own.`,
    );
  }
  const missing = names.filter((name) => before[name] === undefined);
  if (missing.length === 0) return;
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
    });
  } catch (cause) {
    // Another process may have registered them at the same time.
    const now = await registered();
    if (missing.every((name) => now[name] === KEYWORD)) return;
    throw new UserError(
      'CONFIG_INVALID',
      `Namespace ${namespace} lacks the search attributes ${missing.join(', ')}, and registering them failed ` +
        `(${messageOf(cause)}). Have somebody with the right to it run: temporal operator search-attribute create ` +
        `--namespace ${namespace} ${missing.map((name) => `--name ${name} --type Keyword`).join(' ')}`,
      { cause },
    );
  }
}
