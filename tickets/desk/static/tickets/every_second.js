// The clock of bell.js, in a thread of its own.
setInterval(() => postMessage(null), 1_000);
