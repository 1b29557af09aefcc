"""How fast images are learned, batch 128: legacy, modern and their peers, in turn.

    python -m tests.benchmarks.mnist [--rounds 3]

Every contender learns scikit-learn's digits with the 128-unit LSTM, and reports loss and accuracy of the batch
every ten batches, as the document does. PyTorch takes part where it is installed. How it is timed: side_by_side.py.
"""

import argparse
import importlib.util
import sys

from tests.benchmarks.side_by_side import ROOT, compare, print_table

ITERS, BATCH_SIZE, DISPLAY_STEP = 38400, 128, 10


def batches():
    """Yields (images, uint8 [128, 28, 28], labels, uint8 [128]): those of modern/mnist_rnn.py, in its order."""
    import itertools

    import numpy as np

    from modern import mnist_data

    (images, labels), _ = mnist_data.load_digits()
    order = mnist_data.shuffled(len(images), seed=1)
    for _ in range(ITERS // BATCH_SIZE):
        batch = np.fromiter(itertools.islice(order, BATCH_SIZE), int)
        yield images[batch], labels[batch]


def model_fit():
    """Keras as one would write it first: compile and fit."""
    import keras
    import numpy as np

    images, labels = (np.concatenate(arrays) for arrays in zip(*batches()))
    model = keras.Sequential(
        [keras.Input((28, 28)), keras.layers.LSTM(128), keras.layers.Dense(10, activation="softmax")]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

    def report(batch, logs):
        if (batch + 1) % DISPLAY_STEP == 0:
            print(f"Iter {(batch + 1) * BATCH_SIZE}", flush=True)

    callback = keras.callbacks.LambdaCallback(on_train_batch_end=report)
    model.fit(images / 255, labels, batch_size=BATCH_SIZE, shuffle=False, verbose=0, callbacks=[callback])


def pytorch():
    """PyTorch, eager, as one would write it: nn.LSTM, nn.Linear, Adam."""
    import torch
    from torch import nn

    lstm, output = nn.LSTM(28, 128, batch_first=True), nn.Linear(128, 10)
    optimizer = torch.optim.Adam([*lstm.parameters(), *output.parameters()], lr=0.001)

    def logits(images):
        outputs, _ = lstm(images)
        return output(outputs[:, -1])

    for step, (images, labels) in enumerate(batches(), 1):
        images, labels = torch.from_numpy(images).float() / 255, torch.from_numpy(labels).long()
        optimizer.zero_grad()
        nn.functional.cross_entropy(logits(images), labels).backward()
        optimizer.step()
        if step % DISPLAY_STEP == 0:
            with torch.no_grad():
                told = logits(images)
                loss, accuracy = nn.functional.cross_entropy(told, labels), (told.argmax(1) == labels).float().mean()
            print(
                f"Iter {step * BATCH_SIZE}, Minibatch Loss= {loss:.6f}, Training Accuracy= {accuracy:.5f}", flush=True
            )


PEERS = {"model.fit as first written": model_fit, "PyTorch, eager": pytorch}


def main():
    parser = argparse.ArgumentParser(description="Time the digit readers and their peers, side by side.")
    parser.add_argument("--rounds", type=int, default=3, help="times through all contenders (%(default)s)")
    parser.add_argument("--only", choices=PEERS, help=argparse.SUPPRESS)  # the process of one peer
    args = parser.parse_args()
    if args.only:
        PEERS[args.only]()
        return

    flags = ["--dataset", "digits", "--training-iters", str(ITERS), "--display-step", str(DISPLAY_STEP)]
    commands = {side: [sys.executable, str(ROOT / side / "mnist_rnn.py"), *flags] for side in ("legacy", "modern")}
    for name in PEERS:
        if name == "PyTorch, eager" and importlib.util.find_spec("torch") is None:
            print(f"{name}: torch is not installed, left out")
        else:
            commands[name] = [sys.executable, "-m", "tests.benchmarks.mnist", "--only", name]
    print_table("a batch of 128 images", compare(commands, args.rounds), per_step=BATCH_SIZE)


if __name__ == "__main__":
    main()
