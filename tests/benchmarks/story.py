"""How long one step of the story program takes: legacy, modern and their peers, in turn.

    python -m tests.benchmarks.story [--rounds 3]

A step is one window learned by the two-layer, 512-unit net at batch 1. PyTorch and JAX take part where
they are installed. How it is timed: side_by_side.py.
"""

import argparse
import importlib.util
import os
import sys

from tests.benchmarks.side_by_side import ROOT, compare, print_table

ITERS, DISPLAY_STEP = 3000, 1000
N_INPUT, N_HIDDEN, VOCAB_SIZE = 3, 512, 112


def random_windows():
    """Returns windows, float32 [ITERS, 3, 1], and labels, int32 [ITERS], as large as the story's."""
    import numpy as np

    rng = np.random.default_rng(0)
    windows = rng.integers(0, VOCAB_SIZE, (ITERS, N_INPUT, 1)).astype("float32")
    return windows, rng.integers(0, VOCAB_SIZE, ITERS).astype("int32")


def model_fit():
    """Keras as one would write it first: compile and fit, batch 1."""
    import keras

    model = keras.Sequential(
        [
            keras.Input((N_INPUT, 1)),
            keras.layers.LSTM(N_HIDDEN, return_sequences=True),
            keras.layers.LSTM(N_HIDDEN),
            keras.layers.Dense(VOCAB_SIZE, activation="softmax"),
        ]
    )
    model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

    def report(batch, logs):
        if (batch + 1) % DISPLAY_STEP == 0:
            print(f"Iter= {batch + 1}", flush=True)

    callback = keras.callbacks.LambdaCallback(on_train_batch_end=report)
    model.fit(*random_windows(), batch_size=1, shuffle=False, verbose=0, callbacks=[callback])


def keras_on_jax():
    """The modern program's model, optimizer and compiler flag on Keras' JAX backend, many windows in one scan."""
    os.environ["KERAS_BACKEND"] = "jax"
    import jax
    import keras

    from modern import optimizers, story_rnn

    _, settings = story_rnn.parse_arguments([])
    os.environ["XLA_FLAGS"] = story_rnn.XLA_FLAGS
    model = story_rnn.build_model(VOCAB_SIZE, settings)
    optimizer = optimizers.TF1RMSprop(settings.learning_rate)
    optimizer.build(model.trainable_variables)
    loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    others = [v.value for v in model.non_trainable_variables]  # the layers' dropout seeds, unused

    def loss_of(trainable, window, label):
        logits, _ = model.stateless_call(trainable, others, window[None])
        return loss_fn(label[None], logits)

    def step(state, data):
        trainable, slots = state
        loss, gradients = jax.value_and_grad(loss_of)(trainable, *data)
        return optimizer.stateless_apply(slots, gradients, trainable), loss

    learn = jax.jit(lambda state, data: jax.lax.scan(step, state, data), donate_argnums=0)
    state = [v.value for v in model.trainable_variables], [v.value for v in optimizer.variables]
    windows, labels = random_windows()
    for first in range(0, ITERS, 100):
        state, losses = learn(state, (windows[first : first + 100], labels[first : first + 100]))
        losses.block_until_ready()
        if (first + 100) % DISPLAY_STEP == 0:
            print(f"Iter= {first + 100}", flush=True)


def pytorch():
    """PyTorch, eager, as one would write it: nn.LSTM, nn.Linear, RMSprop."""
    import torch
    from torch import nn

    lstm, output = nn.LSTM(1, N_HIDDEN, num_layers=2, batch_first=True), nn.Linear(N_HIDDEN, VOCAB_SIZE)
    optimizer = torch.optim.RMSprop([*lstm.parameters(), *output.parameters()], lr=0.001, alpha=0.9, eps=1e-10)
    windows, labels = (torch.from_numpy(array) for array in random_windows())
    for step in range(ITERS):
        optimizer.zero_grad()
        outputs, _ = lstm(windows[step : step + 1])
        loss = nn.functional.cross_entropy(output(outputs[:, -1]), labels[step : step + 1].long())
        loss.backward()
        optimizer.step()
        if (step + 1) % DISPLAY_STEP == 0:
            print(f"Iter= {step + 1}", flush=True)


def memory_floor():
    """What the step cannot do without: its 3.2 million weights read forward, read backward, and updated by RMSProp.

    One matrix, as large as the net's weights together: a product with it, a product with its transpose, and
    the update with their outer product as the gradient, all in one compiled loop.
    """
    import tensorflow as tf

    rows, columns = N_HIDDEN, 3209328 // N_HIDDEN
    weights = tf.Variable(tf.random.normal([rows, columns], stddev=0.01))
    mean_square = tf.Variable(tf.ones([rows, columns]))
    x = tf.random.normal([1, rows])

    @tf.function(jit_compile=True)
    def learn():
        def body(i):
            forward = tf.tanh(x @ weights)  # [1, columns]
            backward = tf.tanh(tf.matmul(forward, weights, transpose_b=True))  # [1, rows]
            gradient = tf.transpose(backward) * forward  # [rows, columns]
            mean_square.assign_add((gradient * gradient - mean_square) * 0.1)
            weights.assign_sub(0.001 * gradient * tf.math.rsqrt(mean_square + 1e-10))
            return [i + 1]

        return tf.while_loop(lambda i: i < 100, body, [0])

    for step in range(100, ITERS + 1, 100):
        learn()[0].numpy()
        if step % DISPLAY_STEP == 0:
            print(f"Iter= {step}", flush=True)


PEERS = {
    "model.fit as first written": model_fit,
    "modern's model on JAX": keras_on_jax,
    "PyTorch, eager": pytorch,
    "memory floor of the step": memory_floor,
}


def main():
    parser = argparse.ArgumentParser(description="Time one step of the story program and its peers, side by side.")
    parser.add_argument("--rounds", type=int, default=3, help="times through all contenders (%(default)s)")
    parser.add_argument("--only", choices=PEERS, help=argparse.SUPPRESS)  # the process of one peer
    args = parser.parse_args()
    if args.only:
        PEERS[args.only]()
        return

    flags = ["--training-iters", str(ITERS), "--display-step", str(DISPLAY_STEP), "--prompt", "had a general"]
    commands = {side: [sys.executable, str(ROOT / side / "story_rnn.py"), *flags] for side in ("legacy", "modern")}
    needs = {"modern's model on JAX": "jax", "PyTorch, eager": "torch"}
    for name in PEERS:
        if name in needs and importlib.util.find_spec(needs[name]) is None:
            print(f"{name}: {needs[name]} is not installed, left out")
        else:
            commands[name] = [sys.executable, "-m", "tests.benchmarks.story", "--only", name]

    print_table("one step, batch 1", compare(commands, args.rounds))


if __name__ == "__main__":
    main()
