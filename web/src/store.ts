// Conversations in the browser's own database.
import type { Conversation } from './conversation.ts';

const kept = <T>(request: IDBRequest<T>) =>
  new Promise<T>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function table(mode: IDBTransactionMode): Promise<IDBObjectStore> {
  const opening = indexedDB.open('tugboat', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('conversations', { keyPath: 'id' });
  return (await kept(opening)).transaction('conversations', mode).objectStore('conversations');
}

/** The newest first. */
export async function loadAll(): Promise<Conversation[]> {
  const all: Conversation[] = await kept((await table('readonly')).getAll());
  return all.sort((a, b) => b.changed - a.changed);
}

export const save = async (conversation: Conversation) => kept((await table('readwrite')).put(conversation));
export const remove = async (id: string) => kept((await table('readwrite')).delete(id));
