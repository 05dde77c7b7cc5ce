import type { Actor, Way } from './actor.ts';

/** What a key, or a person who signs in, may do at a server. None includes another. */
export const scopes = ['predict', 'label', 'read', 'operate', 'admin'] as const;
export type Scope = (typeof scopes)[number];

export const isScope = (text: string): text is Scope => (scopes as readonly string[]).includes(text);

/** What each allows, for help and pages. */
export const scopeWords: Record<Scope, string> = {
  predict: 'ask for predictions',
  label: 'send labels',
  read: 'see pages, metadata, the API document and metrics',
  operate: 'change things: promote, pause, approve, silence and the like',
  admin: 'list, make and revoke keys',
};

/** The holder of scopes as an actor of operations. */
export const actorWith = (held: readonly Scope[], name: string, from: Way): Actor => ({
  name,
  from,
  role: held.includes('admin') ? 'admin' : held.includes('operate') ? 'operator' : 'viewer',
});
