// A hidden window's own timers fire once a second; a worker's go on, and its messages are delivered.
setInterval(() => postMessage(0), 50);
