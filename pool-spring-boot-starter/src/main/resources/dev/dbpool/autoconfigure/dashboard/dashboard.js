"use strict";

const RECONNECT = 1000;
const SILENCE = 5000;
const TIMEOUT = 10000;
const POINTS = 180;
const SHORTEST = 30;
const OLD = 5000;
const STUCK = 30000;
const mayAct = document.documentElement.dataset.actions === "true";
const endpoint = document.documentElement.dataset.endpoint;
const byId = (id) => document.getElementById(id);
const series = { time: [], read: [], write: [], rate: [], errors: [], p50: [], p95: [], p99: [] };
const shownConnections = new Map();
let chosen;
let before;
let paused = false;
let stream;
let reconnection;
let silence;
let attempts = 0;
let charts = [];

function element(tag, properties, ...children) {
	const node = document.createElement(tag);
	for (const [name, value] of Object.entries(properties || {})) {
		if (name.startsWith("on")) {
			node.addEventListener(name.substring(2), value);
		}
		else if (name in node && name !== "form") {
			node[name] = value;
		}
		else {
			node.setAttribute(name, value);
		}
	}
	node.append(...children.filter((child) => child !== undefined && child !== null));
	return node;
}

function millis(value) {
	if (value === undefined || value === null) {
		return "–";
	}
	if (value < 1) {
		return value.toFixed(2) + " ms";
	}
	if (value < 1000) {
		return (value < 10 ? value.toFixed(1) : Math.round(value)) + " ms";
	}
	return duration(value);
}

function duration(value) {
	const seconds = value / 1000;
	if (seconds < 60) {
		return (seconds < 10 ? seconds.toFixed(1) : Math.floor(seconds)) + " s";
	}
	if (seconds < 3600) {
		return Math.floor(seconds / 60) + " min " + Math.floor(seconds % 60) + " s";
	}
	return Math.floor(seconds / 3600) + " h " + Math.floor(seconds % 3600 / 60) + " min";
}

function number(value) {
	return value.toLocaleString("en-US", { maximumFractionDigits: value < 10 ? 1 : 0 });
}

function clock(instant) {
	return new Date(instant).toLocaleTimeString("en-GB");
}

async function readPools() {
	const response = await fetch(endpoint,
		{ headers: { Accept: "application/json" }, signal: AbortSignal.timeout(TIMEOUT) });
	if (!response.ok) {
		throw new Error("The application answered " + response.status + (response.status === 401 || response.status === 403
			? ": sign in" : "") + ".");
	}
	if (!(response.headers.get("Content-Type") || "").includes("json")) {
		throw new Error("The application answered with a page instead of data: sign in.");
	}
	return (await response.json()).pools;
}

async function act(action, body) {
	const headers = { "Content-Type": "application/json", Accept: "application/json" };
	const token = document.cookie.split("; ").find((cookie) => cookie.startsWith("XSRF-TOKEN="));
	if (token) {
		headers["X-XSRF-TOKEN"] = decodeURIComponent(token.substring("XSRF-TOKEN=".length));
	}
	const response = await fetch(endpoint + "/" + action,
		{ method: "POST", headers, body: JSON.stringify({ ...body, pool: chosen }), signal: AbortSignal.timeout(TIMEOUT) });
	const answer = await response.json().catch(() => ({}));
	if (!response.ok) {
		throw new Error(answer.message || answer.detail || answer.error || "The application answered " + response.status);
	}
	return answer.result;
}

/* the stream */

/* An event source does not say why it fails, so the pools are read first. */
async function connect() {
	disconnect();
	const attempt = ++attempts;
	if (paused || document.hidden) {
		return;
	}
	try {
		const pools = await readPools();
		if (attempt === attempts) {
			choosePool(Object.keys(pools));
			follow();
		}
	}
	catch (failure) {
		if (attempt === attempts) {
			offline(describe(failure));
		}
	}
}

function follow() {
	stream = new EventSource(endpoint + "/live/" + encodeURIComponent(chosen));
	stream.addEventListener("state", (event) => {
		expectMore();
		showState(JSON.parse(event.data));
		byId("offline").hidden = true;
		byId("beat").classList.remove("off");
		byId("updated").textContent = "live, " + clock(Date.now());
	});
	stream.addEventListener("details", (event) => showDetails(JSON.parse(event.data)));
	stream.addEventListener("error", () => offline("The application has ended the stream."));
	expectMore();
}

/* A connection that is cut without a word shows no error. */
function expectMore() {
	clearTimeout(silence);
	silence = setTimeout(() => offline("The application has sent nothing for " + SILENCE / 1000 + " s."), SILENCE);
}

function disconnect() {
	clearTimeout(reconnection);
	clearTimeout(silence);
	if (stream) {
		stream.close();
		stream = undefined;
	}
}

function describe(failure) {
	return failure instanceof TypeError || failure.name === "TimeoutError" ? "The application does not answer." : failure.message;
}

function offline(reason) {
	disconnect();
	text(byId("offline"), reason + " What is shown is the last known state.");
	byId("offline").hidden = false;
	byId("beat").classList.add("off");
	byId("updated").textContent = "no answer, " + clock(Date.now());
	reconnection = setTimeout(connect, RECONNECT);
}

function showState({ state, connections }) {
	const pool = state.pools[chosen];
	showStatus(pool);
	sample(pool);
	showNumbers(pool);
	charts.forEach((chart) => chart.draw());
	showLanes(pool, connections.connections);
	showPostgrest(pool);
	showAlerts(pool.alerts);
}

function showDetails({ operations, events }) {
	showOperations(operations.operations);
	showSlow(operations.slow);
	showEvents(events.events);
}

function choosePool(names) {
	const wanted = chosen || new URLSearchParams(location.search).get("pool");
	show(names.includes(wanted) ? wanted : names[0]);
	byId("pools").hidden = names.length < 2;
	byId("pool").replaceChildren(...names.map((name) => element("option", { value: name, selected: name === chosen }, name)));
}

/* What is shown of the pool before must not stay: the actions are those of the chosen one. */
function show(name) {
	if (name === chosen) {
		return;
	}
	chosen = name;
	before = undefined;
	Object.values(series).forEach((values) => values.length = 0);
	shownConnections.clear();
	byId("postgrest").hidden = true;
	["lanes", "alerts", "numbers", "lamps", "operations", "slow", "events"].forEach((id) => byId(id).replaceChildren());
	["endpoint", "reason"].forEach((id) => text(byId(id), ""));
	text(byId("state"), "…");
	byId("status").className = "status";
	delete byId("alerts").dataset.key;
	byId("dialog").close();
}

/* what is shown */

function text(node, value) {
	if (node.textContent !== value) {
		node.textContent = value;
	}
}

function showStatus(pool) {
	const status = pool.status || "UNKNOWN";
	text(byId("endpoint"), pool.endpoint);
	text(byId("state"), status);
	byId("status").className = "status " + status.toLowerCase();
	text(byId("reason"), pool.reason || (status === "UP" && !pool.alerts.length ? "All is well." : ""));
	const lamps = pool.circuitBreaker ? [["Circuit breaker " + pool.circuitBreaker.toLowerCase().replace("_", "-"),
		pool.circuitBreaker]] : [];
	Object.entries(pool.replicas).forEach(([name, replica]) => lamps.push(["Replica " + name
		+ (replica.available ? " in use" : " left out"), replica.available ? "CLOSED" : "OPEN"]));
	if (pool.fleet) {
		lamps.push(["Fleet: " + pool.fleet.state.toLowerCase() + ", " + pool.fleet.share + " of " + pool.fleet.budget + " connections",
			{ MEMBER: "CLOSED", JOINING: "HALF_OPEN" }[pool.fleet.state] || "OPEN"]);
	}
	if (byId("lamps").textContent !== lamps.map((lamp) => lamp[0]).join("")) {
		byId("lamps").replaceChildren(...lamps.map(([label, state]) => element("span", { className: "lamp " + state }, label)));
	}
	document.title = (status === "UP" ? "" : status + " · ") + "Database pool";
}

function lanes(pool) {
	return Object.entries(pool.lanes);
}

function title(lane) {
	return lane === "read" || lane === "write" ? lane + " lane" : "replica " + lane;
}

function lanesAndReplicas(pool) {
	return [...lanes(pool), ...Object.entries(pool.replicas).map(([name, replica]) => [name, replica.pool])];
}

function sample(pool) {
	const now = performance.now();
	const operations = pool.operations;
	const seconds = before ? (now - before.at) / 1000 : 0;
	const since = (value, last) => before && seconds > 0 ? Math.max(0, value - last) / seconds : null;
	const add = (name, value) => {
		series[name].push(value);
		if (series[name].length > POINTS) {
			series[name].shift();
		}
	};
	add("time", Date.now() / 1000);
	add("read", 100 * pool.lanes.read.utilization);
	add("write", 100 * pool.lanes.write.utilization);
	add("rate", since(operations.count, before && before.count));
	add("errors", since(operations.errors, before && before.errors));
	const busy = operations.p99Millis > 0;
	add("p50", busy ? operations.p50Millis : null);
	add("p95", busy ? operations.p95Millis : null);
	add("p99", busy ? operations.p99Millis : null);
	before = { at: now, count: operations.count, errors: operations.errors };
}

function recent(values, count) {
	const known = values.slice(-count).filter((value) => value !== null);
	return known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : 0;
}

function showNumbers(pool) {
	const shown = lanesAndReplicas(pool).map(([, lane]) => lane);
	const sum = (name) => shown.reduce((total, lane) => total + lane[name], 0);
	const waiters = shown.map((lane) => lane.oldestWaiterMillis).filter((age) => age !== undefined && age !== null);
	const atBreaker = sum("waitingForBreaker");
	const waiting = sum("pending") + atBreaker;
	const operations = pool.operations;
	const share = (errors) => operations.lastMinute ? 100 * errors / operations.lastMinute : 0;
	const failed = share(operations.lastMinuteErrors);
	const utilization = 100 * sum("active") / sum("max");
	const cards = [
		["Leased", sum("active"), "of " + sum("max"), sum("idle") + " idle, " + sum("opening") + " opening",
			utilization > 95 ? "bad" : utilization > 80 ? "warn" : ""],
		["Waiting", number(waiting), waiting === 1 ? "caller" : "callers",
			atBreaker ? number(atBreaker) + " for the circuit breaker" : waiters.length ? "the oldest for "
				+ millis(Math.max(...waiters)) : "no caller waits", waiting ? "warn" : ""],
		["Throughput", number(recent(series.rate, 5)), "/s", number(operations.lastMinute) + " in the last minute", ""],
		["Latency p95", operations.p99Millis ? millis(operations.p95Millis).split(" ")[0] : "–",
			operations.p99Millis ? millis(operations.p95Millis).split(" ").slice(1).join(" ") : "",
			operations.p99Millis ? "p50 " + millis(operations.p50Millis) + ", p99 " + millis(operations.p99Millis)
				: "no operation within 10 s", ""],
		["Errors", failed.toFixed(failed > 0 && failed < 10 ? 1 : 0), "%", number(operations.lastMinuteErrors)
			+ " in the last minute, " + number(operations.lastMinuteServerErrors) + " by the server",
			share(operations.lastMinuteServerErrors) >= 5 ? "bad" : failed > 0 ? "warn" : ""],
		["Unknown outcomes", number(operations.unknownOutcomes), operations.unknownOutcomes === 1 ? "write" : "writes",
			"since the start", operations.unknownOutcomes ? "warn" : ""]
	];
	const container = byId("numbers");
	if (!container.children.length) {
		container.append(...cards.map(([title]) => element("dl", { className: "number" }, element("dt", {}, title),
			element("dd", {}, element("span"), element("i")), element("dd", { className: "note" }))));
	}
	cards.forEach(([, value, unit, note, level], index) => {
		const card = container.children[index];
		card.className = "number " + level;
		text(card.querySelector("span"), String(value));
		text(card.querySelector("i"), unit);
		text(card.querySelector(".note"), note);
	});
}

function tileId(connection) {
	return "connection-" + connection.lane + "-" + connection.id;
}

function newTile(connection) {
	const node = element("button", { type: "button", id: tileId(connection),
		onclick: () => showConnection(shownConnections.get(node.id)) },
	element("span", { className: "id" }, "#" + connection.id, element("span", { className: "uses" })),
	element("span", { className: "what" }), element("span", { className: "sub" }));
	return node;
}

function showTile(node, connection) {
	const lease = connection.lease;
	const state = connection.state;
	const age = lease ? lease.ageMillis : 0;
	const level = age > STUCK ? " stuck" : age > OLD ? " old" : "";
	const what = lease ? lease.operation : state.toLowerCase();
	const sub = lease ? "for " + millis(age) : state === "IDLE" ? "unused for " + duration(connection.unusedMillis)
		: "for " + millis(connection.inStateMillis);
	node.className = "tile " + state + level;
	node.setAttribute("aria-label", "Connection " + connection.id + " of the " + title(connection.lane) + ": " + what + ", " + sub);
	text(node.querySelector(".uses"), number(connection.uses) + " uses");
	text(node.querySelector(".what"), what);
	text(node.querySelector(".sub"), sub);
}

function showLanes(pool, connections) {
	const container = byId("lanes");
	for (const [name, lane] of lanesAndReplicas(pool)) {
		let section = byId("lane-" + name);
		if (!section) {
			section = newLane(name);
			container.append(section);
		}
		const replica = pool.replicas[name];
		text(section.querySelector("small"), (replica ? replica.endpoint + ", " : "") + lane.active + " of " + lane.max + " leased, at least " + lane.min + " open"
			+ (lane.pending ? ", " + lane.pending + " waiting" : ""));
		section.querySelector(".tag").hidden = !lane.suspended;
		const suspend = section.querySelector(".suspend");
		if (suspend) {
			text(suspend, lane.suspended ? "Resume" : "Suspend");
			suspend.dataset.action = lane.suspended ? "resume" : "suspend";
			section.querySelector(".resize").dataset.size = JSON.stringify([lane.min, lane.max]);
		}
		showTiles(section.querySelector(".tiles"), lane, connections.filter((connection) => connection.lane === name));
	}
}

/* Tiles stay in place while their connections live, so that a refresh neither swallows a click nor takes the focus. */
function showTiles(tiles, lane, connections) {
	connections.sort((one, other) => one.id - other.id);
	const ids = new Set(connections.map(tileId));
	for (const node of [...tiles.children]) {
		if (!ids.has(node.id)) {
			shownConnections.delete(node.id);
			node.remove();
		}
	}
	connections.forEach((connection, index) => {
		const id = tileId(connection);
		shownConnections.set(id, connection);
		let node = byId(id);
		if (!node) {
			node = newTile(connection);
			tiles.insertBefore(node, tiles.children[index] || null);
		}
		showTile(node, connection);
	});
	const free = Math.max(0, lane.max - connections.length);
	if (free > 0) {
		tiles.append(element("div", { className: "tile free" }, free + " more may open"));
	}
}

function newLane(name) {
	const actions = element("div", { className: "actions", role: "group", "aria-label": title(name) });
	if (mayAct) {
		actions.append(
			element("button", { type: "button", onclick: () => confirmReset(name) }, "Reset"),
			element("button", { type: "button", className: "resize", onclick: (event) => confirmResize(name,
				...JSON.parse(event.currentTarget.dataset.size)) }, "Resize"),
			element("button", { type: "button", className: "suspend", onclick: (event) => confirmSuspend(name,
				event.currentTarget.dataset.action) }, "Suspend"));
	}
	return element("div", { className: "lane", id: "lane-" + name },
		element("div", { className: "lane-head" }, element("div", { className: "lane-title" },
			element("h2", {}, title(name)), element("small", {}),
			element("span", { className: "tag", hidden: true }, "suspended")), actions),
		element("div", { className: "tiles" }));
}

const POSTGREST_STATES = { READY: "ready", NOT_READY: "not ready", UNREACHABLE: "state unknown", UNKNOWN: "not asked yet" };
const POSTGREST_METRICS = [["db_pool_waiting", "Requests that wait"], ["db_pool_available", "Available"],
	["db_pool_max", "Maximum"], ["db_pool_timeouts_total", "Timeouts since its start"],
	["schema_cache_loads_total", "Schema loads"]];

function showPostgrest(pool) {
	const state = pool.postgrest;
	byId("postgrest").hidden = !state;
	if (!state) {
		return;
	}
	byId("postgrest-state").className = "lamp " + state.status;
	text(byId("postgrest-state"), POSTGREST_STATES[state.status]);
	const metric = (name) => state.metrics["pgrst_" + name];
	const known = POSTGREST_METRICS.filter(([name]) => metric(name) !== undefined);
	const container = byId("postgrest-metrics");
	if (container.children.length !== known.length) {
		container.replaceChildren(...known.map(([, label]) => element("div", {}, element("dt", {}, label), element("dd"))));
	}
	known.forEach(([name], index) => {
		const value = container.children[index].querySelector("dd");
		text(value, number(metric(name)));
		value.classList.toggle("warn", name === "db_pool_waiting" && metric(name) > 0);
	});
	text(byId("postgrest-note"), postgrestNote(state.reason, metric, lanes(pool).reduce((sum, [, lane]) => sum + lane.max, 0)));
}

function postgrestNote(reason, metric, connections) {
	if (reason) {
		return reason.charAt(0).toUpperCase() + reason.slice(1) + ".";
	}
	if (metric("db_pool_waiting") > 0) {
		return "Requests wait in PostgREST for one of its connections: shorten the operations that take longest, or raise db-pool.";
	}
	return metric("db_pool_max") < connections ? "PostgREST has fewer connections (" + number(metric("db_pool_max"))
		+ ") than this pool may open (" + number(connections) + "). Under load, requests wait in PostgREST: raise db-pool." : "";
}

function showOperations(operations) {
	const cell = (value, className) => element("td", { className: "n " + (className || "") }, value);
	byId("operations").replaceChildren(...(operations.length ? operations.slice(0, 50).map((operation) => element("tr", {},
		element("td", {}, operation.operation), cell(number(operation.count)),
		element("td", { className: "n " + (operation.errors ? "bad-text" : "") }, number(operation.errors),
			operation.unknownOutcomes ? element("small", {}, number(operation.unknownOutcomes) + " unknown") : null), cell(millis(operation.p50Millis), "wide"),
		cell(millis(operation.p95Millis)), cell(millis(operation.p99Millis), "wide"),
		cell(millis(operation.maxMillis), "wide")))
		: [element("tr", {}, element("td", { colSpan: 7, className: "muted" }, "No operation within 5 minutes"))]));
}

function row(at, message, count, className) {
	return element("li", { className }, element("time", { dateTime: at }, clock(at)),
		element("span", { className: "message" }, message), element("span", { className: "count" }, count));
}

function list(id, rows, empty) {
	byId(id).replaceChildren(...(rows.length ? rows : empty
		? [element("li", {}, element("span", { className: "empty" }, empty))] : []));
}

function showSlow(slow) {
	list("slow", slow.map((operation) => row(operation.at, operation.operation
		+ (operation.attempts > 1 ? ", " + operation.attempts + " attempts" : "")
		+ (operation.waitedMillis >= 1 ? ", " + millis(operation.waitedMillis) + " of it waiting" : "")
		+ (operation.result === "success" ? "" : ", " + operation.result), millis(operation.tookMillis), "")),
	"No slow operation");
}

function showEvents(events) {
	list("events", events.slice(0, 200).map((event) => row(event.at, (event.lane ? event.lane + " lane: " : "")
		+ event.message, event.count > 1 ? "× " + number(event.count) : "", "event-" + event.type)), "No event");
}

function showAlerts(alerts) {
	const shown = alerts.map((alert) => [alert.type, alert.type.replaceAll("_", " ") + " since " + clock(alert.since),
		alert.message]);
	const key = JSON.stringify(shown);
	if (byId("alerts").dataset.key !== key) {
		byId("alerts").dataset.key = key;
		byId("alerts").replaceChildren(...shown.map(([type, title, message]) => element("li", { className: type },
			element("strong", {}, title), message)));
	}
}

/* dialogs */

function showDialog(title, body, buttons) {
	byId("dialog-title").textContent = title;
	byId("dialog-body").replaceChildren(...body);
	byId("dialog-error").hidden = true;
	byId("dialog-actions").replaceChildren(...buttons,
		element("button", { type: "button", onclick: () => byId("dialog").close() }, buttons.length ? "Cancel" : "Close"));
	byId("dialog").showModal();
}

function actionButton(label, className, action, body) {
	return element("button", {
		type: "button", className, onclick: async (event) => {
			const button = event.currentTarget;
			button.disabled = true;
			try {
				toast(await act(action, body()));
				byId("dialog").close();
			}
			catch (failure) {
				byId("dialog-error").textContent = describe(failure);
				byId("dialog-error").hidden = false;
				button.disabled = false;
			}
		}
	}, label);
}

function toast(message) {
	byId("toast").textContent = message;
	clearTimeout(toast.timer);
	toast.timer = setTimeout(() => byId("toast").textContent = "", 6000);
}

function facts(pairs) {
	return element("dl", {}, ...pairs.filter(([, value]) => value !== undefined && value !== null && value !== "")
		.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, String(value))]));
}

function showConnection(connection) {
	const lease = connection.lease;
	const at = { lane: connection.lane };
	const buttons = mayAct ? [actionButton("Evict", "", "evict", () => ({ ...at, connection: connection.id }))] : [];
	if (mayAct && lease) {
		buttons.unshift(actionButton("Revoke the lease", "danger", "revoke", () => ({ ...at, lease: lease.id })));
	}
	showDialog("Connection " + connection.id + " of the " + title(connection.lane), [facts([
		["State", connection.state.toLowerCase()],
		["Socket", connection.socket],
		["Open for", duration(connection.ageMillis)],
		["Uses", number(connection.uses)],
		["Errors", connection.errors],
		["Held by", lease && lease.operation],
		["Since", lease && clock(lease.since) + " (" + duration(lease.ageMillis) + ")"],
		["Thread", lease && lease.thread],
		["Trace", lease && lease.traceId]
	]), ...(mayAct ? [element("p", { className: "muted" }, lease
		? "Evict replaces the connection when its lease ends. Revoke ends the lease now: its holder gets an error."
		: "Evict closes the connection and replaces it.")] : [])], buttons);
}

function alsoReplicas(lane) {
	const replicas = lane === "read" ? [...document.querySelectorAll("[id^='lane-read-']")] : [];
	const names = replicas.map((section) => section.id.substring("lane-".length)).join(", ");
	return names && " This applies to the read replicas, too: " + names + ".";
}

function confirmReset(lane) {
	showDialog("Replace all connections of the " + title(lane) + "?",
		[element("p", {}, "Idle connections are replaced immediately, leased ones when their leases end. No operation fails."
			+ alsoReplicas(lane))],
		[actionButton("Reset", "primary", "reset", () => ({ lane }))]);
}

function confirmSuspend(lane, action) {
	const suspends = action === "suspend";
	const replica = title(lane).startsWith("replica");
	const effect = suspends
		? (replica ? "Reads go elsewhere until it is resumed."
			: "Callers wait until it is resumed, and fail when their timeouts are over.") + " Leases continue."
		: replica ? "Reads are sent to it again." : "Waiting callers are served in order of arrival.";
	showDialog((suspends ? "Suspend the " : "Resume the ") + title(lane) + "?",
		[element("p", {}, effect, alsoReplicas(lane))],
		[actionButton(suspends ? "Suspend" : "Resume", suspends ? "danger" : "primary", action, () => ({ lane }))]);
}

function confirmResize(lane, min, max) {
	const input = (value) => element("input", { type: "number", min: 0, max: 10000, value });
	const minimum = input(min);
	const maximum = input(max);
	showDialog("Resize the " + title(lane), [
		element("p", {}, "The new size lasts until the next start of the application.", alsoReplicas(lane)),
		element("label", {}, "Connections kept open", minimum), element("label", {}, "Maximum", maximum)],
	[actionButton("Resize", "primary", "resize", () => ({ lane, min: Number(minimum.value), max: Number(maximum.value) }))]);
}

/* charts */

function color(name) {
	return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function chart(id, lines, options) {
	const container = byId(id);
	container.setAttribute("role", "img");
	const axis = (more) => ({ stroke: color("--muted"), grid: { stroke: color("--line"), width: 1 },
		ticks: { show: false }, font: "11px system-ui", ...more });
	const size = () => ({ width: container.clientWidth, height: 170 });
	const plot = new uPlot({
		...size(), padding: [8, 26, 0, 0], cursor: { y: false, points: { size: 6 } },
		scales: { x: { range: (self, low, high) => [Math.max(high - POINTS, Math.min(low, high - SHORTEST)), high] },
			y: { range: (self, low, high) => [0, options.top || Math.max(options.least, high * 1.15)] } },
		axes: [axis({ size: 26, space: 84, values: (self, times) => times.map((time) => clock(time * 1000)) }),
			axis({ size: options.unit ? 56 : 44, space: 34, ...(options.unit
				? { values: (self, values) => values.map((value) => value ? options.unit(value) : "0") } : {}) })],
		series: [{}, ...lines.map(([name, label, stroke, fill]) => ({ label, stroke: color(stroke), width: 1.8,
			fill: fill ? color(stroke) + "22" : undefined, points: { show: false }, spanGaps: false,
			value: (self, value) => value === null || value === undefined ? "–" : (options.unit || number)(value) }))],
		legend: { live: true, markers: { width: 0, fill: (self, index) => color(lines[index - 1] ? lines[index - 1][2]
			: "--muted") } }
	}, data(lines), container);
	new ResizeObserver(() => plot.setSize(size())).observe(container);
	return { plot, draw: () => {
		plot.setData(data(lines));
		container.setAttribute("aria-label", lines.map(([name, label]) => label + " "
			+ latest(series[name], options.unit || number)).join(", "));
		if (plot.cursor.idx === null || plot.cursor.idx === undefined) {
			plot.setLegend({ idx: series.time.length - 1 });
		}
	} };
}

function latest(values, unit) {
	const value = values[values.length - 1];
	return value === null || value === undefined ? "unknown" : unit(value);
}

function data(lines) {
	return [series.time, ...lines.map(([name]) => series[name])];
}

function drawCharts() {
	charts.forEach((chart) => chart.plot.destroy());
	charts = [
		chart("chart-utilization", [["read", "read lane", "--accent", true], ["write", "write lane", "--violet", false]],
			{ top: 100 }),
		chart("chart-throughput", [["rate", "operations", "--green", true], ["errors", "errors", "--red", false]],
			{ least: 1 }),
		chart("chart-latency", [["p50", "p50", "--accent", false], ["p95", "p95", "--amber", false],
			["p99", "p99", "--red", false]], { least: 1, unit: millis })];
}

function pause(wanted) {
	paused = wanted;
	byId("pause").textContent = paused ? "Continue" : "Pause";
	byId("beat").classList.toggle("off", paused);
	byId("updated").textContent = paused ? "paused, " + clock(Date.now()) : "connecting…";
	before = undefined;
	connect();
}

byId("pause").addEventListener("click", () => pause(!paused));
byId("pool").addEventListener("change", () => {
	show(byId("pool").value);
	pause(false);
});
document.addEventListener("visibilitychange", connect);
byId("dialog").addEventListener("click", (event) => {
	if (event.target === byId("dialog")) {
		byId("dialog").close();
	}
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawCharts);
drawCharts();
connect();
