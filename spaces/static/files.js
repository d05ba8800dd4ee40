// Files of other addresses: fetched once, each held against the hash that this Space was built with, and kept.

const KEPT = "hubpress-model";

/** The bytes of a file. *told* is given the bytes so far. Throws a TypeError where it cannot be had or is another. */
export async function bytesOf({url, bytes, integrity}, told = () => {}) {
  const address = new URL(url, import.meta.url).href;
  const kept = await cache();
  const found = await kept?.match(address);
  if (found) {
    const there = await found.arrayBuffer();
    if (await hashOf(there) === integrity) {
      told(there.byteLength);
      return there;
    }
    await kept.delete(address);
  }
  const response = await fetch(address, {integrity, mode: "cors", credentials: "omit"});
  if (!response.ok) throw new TypeError(`${address} answers ${response.status}`);
  const parts = [];
  let so_far = 0;
  for (const reader = response.body.getReader(); ; ) {
    const {done, value} = await reader.read();
    if (done) break;
    parts.push(value);
    told(so_far += value.byteLength);
  }
  const whole = await new Blob(parts).arrayBuffer();
  if (whole.byteLength !== bytes) throw new TypeError(`${address} has ${whole.byteLength} bytes, not ${bytes}`);
  // A browser that keeps nothing, or has no room, fetches the file again next time.
  await kept?.put(address, new Response(whole)).catch(() => {});
  return whole;
}

/** What a JSON file at an address that never changes holds. Throws a TypeError where it cannot be had. */
export async function jsonOf(address) {
  const kept = await cache();
  const found = await kept?.match(address);
  if (found) return found.json();
  const response = await fetch(address, {mode: "cors", credentials: "omit"});
  if (!response.ok) throw new TypeError(`${address} answers ${response.status}`);
  await kept?.put(address, response.clone()).catch(() => {});
  return response.json();
}

/** A module of these bytes, under an address of its own: it cannot import anything from where it came from. */
export function moduleUrl(bytes) {
  return URL.createObjectURL(new Blob([bytes], {type: "text/javascript"}));
}

async function cache() {
  try {
    return await caches.open(KEPT);
  } catch {
    return undefined;
  }
}

async function hashOf(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-384", bytes));
  return `sha384-${btoa(String.fromCharCode(...digest))}`;
}
