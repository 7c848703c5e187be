/** All runs and layers at a glance: is it healthy? */
import { useLayoutEffect } from "preact/hooks";
import { keepBusy } from "../../data/images";
import { OneCanvas } from "../../components/one_canvas";
import { Breakable } from "../../components/breakable";
import { Middle } from "../../components/middle";
import { groupsOf, nameIn, type Group } from "../../selection/layer_groups";
import { networks, type Network } from "../../selection/networks";
import { ofFilters, readableCell } from "../../selection/shown_cells";
import { availableSpace } from "../../selection/available_space";
import { listed } from "../../render/format";
import { lengthOf } from "../../selection/sentences";
import { stepUnit } from "../../selection/step_unit";
import { state, update } from "../../state/state";
import type { Layer, Run } from "../../api/types";
import { Cell } from "./cell";
import { Near } from "./near";
import { bandsOf, planOf, type Plan } from "./plan";
import { Sentences } from "./sentences";

const GAP = 12; // pixels between two rows
const NARROW_GAP = 36; // with the name of the run between them

/** Lets the cells in view go first: they are known two frames later. */
function useFirstCells(): void {
  useLayoutEffect(() => {
    const release = keepBusy();
    const next = requestAnimationFrame;
    next(() => next(() => setTimeout(release)));
  }, []);
}

export function Overview() {
  const all = networks.value;
  useFirstCells();
  return (
    <div class="overview" data-testid="overview">
      {state.value.exemplars && (
        <p class="note">
          The tiles show the real inputs that excite each filter most.{" "}
          <button
            type="button"
            class="link"
            onClick={() => update({ exemplars: false })}
          >
            Show the images
          </button>
        </p>
      )}
      <Sentences runs={all.flatMap((network) => network.runs)} />
      {all.map((network) => (
        <Runs
          key={network.runs[0]?.run}
          network={network}
          plan={planOf(
            network,
            availableSpace.value,
            state.value.size,
            all.length,
          )}
          titled={all.length > 1}
        />
      ))}
    </div>
  );
}

interface Props {
  network: Network;
  plan: Plan;
  titled: boolean;
}

function Runs({ network, plan, titled }: Props) {
  const { runs, tags } = network;
  if (runs.length === 1) {
    const [run] = runs;
    return run ? <Cards run={run} plan={plan} titled={titled} /> : null;
  }
  return (
    <section
      class="network"
      aria-label={`Runs of one network: ${namesOf(runs)}`}
    >
      {bandsOf(tags, plan.columns).map((band, i) => {
        const props = { runs, plan, group: band };
        const key = band.layers[0]?.tag;
        return i === 0 ? (
          <Table key={key} {...props} first />
        ) : (
          <Near
            key={key}
            height={
              runs.length * (plan.height + (plan.names ? GAP : NARROW_GAP))
            }
          >
            <Table {...props} first={false} />
          </Near>
        );
      })}
    </section>
  );
}

/** "rate_0.1 and 3 more": a run is of one network only. */
function namesOf([first, ...others]: Run[]): string {
  const more = others.length ? ` and ${others.length} more` : "";
  return `${first?.label ?? ""}${more}`;
}

interface TableProps {
  runs: Run[];
  plan: Plan;
  group: Group<{ tag: string }>;
  /** Whether it is the first table of these runs. */
  first: boolean;
}

/** Runs below each other, with some of their layers beside each other. */
function Table({ runs, plan, group: { name, layers }, first }: TableProps) {
  const cells = `repeat(${layers.length}, ${plan.width}px)`;
  const style = {
    gridTemplateColumns: plan.names ? `${plan.names}px ${cells}` : cells,
  };
  return (
    <div
      class={plan.names ? "network-rows" : "network-rows narrow"}
      role="table"
      aria-label="Runs and layers"
    >
      <div class="network-space" role="presentation">
        <OneCanvas>
          <div class="network-row network-head" role="row" style={style}>
            <span role="columnheader" class="meta">
              {name ? <Middle text={name} /> : "Run / layer"}
            </span>
            {layers.map(({ tag }) => (
              <span key={tag} role="columnheader" title={tag}>
                <Breakable text={nameIn(name, tag)} />
              </span>
            ))}
          </div>
          {runs.map((run) => (
            <div key={run.run} class="network-row" role="row" style={style}>
              <span role="rowheader" class="run-head">
                {first ? (
                  <RunHead run={run} runs={runs} />
                ) : (
                  <b title={run.label}>
                    <Middle text={run.name} />
                  </b>
                )}
              </span>
              {layers.map(({ tag }) => (
                <span role="cell" key={tag}>
                  <Near height={plan.height}>
                    <TagCell run={run} tag={tag} plan={plan} />
                  </Near>
                </span>
              ))}
            </div>
          ))}
        </OneCanvas>
      </div>
    </div>
  );
}

function TagCell({ run, tag, plan }: { run: Run; tag: string; plan: Plan }) {
  const layer = run.layers.find((one) => one.tag === tag);
  return layer ? (
    <Cell run={run} layer={layer} plan={plan} head={null} />
  ) : null;
}

function Cards({ run, plan, titled }: Omit<Props, "network"> & { run: Run }) {
  return (
    <section class="network" aria-label={`Layers of ${run.label}`}>
      {titled && (
        <div class="run-head across">
          <RunHead run={run} runs={[run]} />
        </div>
      )}
      <OneCanvas>
        {groupsOf(run.layers).map((group, _, all) =>
          all.length > 1 ? (
            <details class="group" key={group.layers[0]?.tag} open>
              <summary>
                <GroupHead run={run} group={group} />
              </summary>
              <Layers run={run} plan={plan} group={group} />
            </details>
          ) : (
            <Layers key="" run={run} plan={plan} group={group} />
          ),
        )}
      </OneCanvas>
    </section>
  );
}

interface GroupProps {
  run: Run;
  group: Group<Layer>;
}

function Layers({ run, group, plan }: GroupProps & { plan: Plan }) {
  return (
    <div
      class="cards"
      style={{
        gridTemplateColumns: `repeat(${plan.columns}, minmax(0, 1fr))`,
      }}
    >
      {group.layers.map((layer) => (
        <Near key={layer.tag} height={plan.height}>
          <Cell
            run={run}
            layer={layer}
            plan={plan}
            head={nameIn(group.name, layer.tag)}
          />
        </Near>
      ))}
    </div>
  );
}

const FEW = 3; // layers that are named in place of their group

/** Names layers whose names have nothing in common. */
function joined(layers: Layer[]): string {
  return layers.length > FEW
    ? "Other layers"
    : listed(layers.map(({ tag }) => tag));
}

/** The name of a group of layers, and how many of its filters are dead. */
function GroupHead({ run, group: { name, layers } }: GroupProps) {
  const known = layers
    .map((layer) => readableCell(run, layer))
    .filter((one) => one !== null);
  const dead = known.reduce((sum, { counts }) => sum + counts.dead, 0);
  const number = layers.length === 1 ? "1 layer" : `${layers.length} layers`;
  return (
    <>
      <b>{name || joined(layers)}</b>{" "}
      <span class="meta">
        {number}
        {known.length === layers.length &&
          `, ${dead} of ${ofFilters(known, "filters")} ${dead === 1 ? "is" : "are"} dead`}
      </span>
    </>
  );
}

/** The name of a run, and the question what it changed. */
function RunHead({ run, runs }: { run: Run; runs: Run[] }) {
  const epochs = run.layers.find(({ fault }) => !fault)?.epochs ?? [];
  const above = runs[0] !== run;
  const itself = !above && epochs.length > 1;
  return (
    <>
      <b title={run.label}>
        <Middle text={run.name} />
      </b>
      <span class="meta">{lengthOf(run)}</span>
      {(runs.length > 1 || itself) && (
        <button
          type="button"
          class="link"
          title={
            above
              ? "Compare its filters with those of the run above"
              : itself
                ? "Compare its filters now with those at the beginning"
                : "Compare its filters with those of the run below"
          }
          onClick={() =>
            update({
              run: run.run,
              view: "runs",
              against: itself ? { run: run.run, epoch: epochs[0] ?? 0 } : null,
            })
          }
        >
          {itself
            ? `Changes since ${stepUnit.value.unit} ${epochs[0]}`
            : `Changes from the run ${above ? "above" : "below"}`}
        </button>
      )}
    </>
  );
}
