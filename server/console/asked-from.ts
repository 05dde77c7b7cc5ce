import { operator, type Actor, type Way } from '../../core/base/actor.ts';

/** Who asks this server: it knows keys, not people, and each key allows everything. */
export const askedFrom = (way: Extract<Way, 'console' | 'api'>): Actor => operator(way, way);
