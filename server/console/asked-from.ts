import { operator, type Actor, type Way } from '../../core/base/actor.ts';

/** The actor of a request: this server knows keys, not people, and each key allows everything. */
export const askedFrom = (way: Extract<Way, 'console' | 'api'>): Actor => operator(way, way);
