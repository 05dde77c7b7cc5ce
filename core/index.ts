/** What a declaration imports from 'perennial'. */
export * from './declare.ts';
