"""What is printed."""

import re
from pathlib import Path

import tensorflow as tf

from modern import from_tf1
from tests.tf1.checkpoints import numbers, save
from tests.tf1.programs import language_model

v1 = tf.compat.v1


def test_inspect_prints_a_table(tmp_path, capsys):
    saved = save(tmp_path, language_model(), extra={"other": numbers(3, 5)})
    from_tf1.main(["inspect", saved.prefix])
    lines = capsys.readouterr().out.splitlines()
    version = re.escape(
        v1.MetaGraphDef.FromString(Path(f"{saved.prefix}.meta").read_bytes()).meta_info_def.tensorflow_version
    )
    patterns = [
        r".*model\.ckpt: V2, 8 variables, TensorFlow " + version,
        "",
        r"stack +layer +cell +units +input +names +TensorFlow +forget bias +activation",
        rf"model +lstm_0 +BasicLSTMCell +6 +6 +new +{version} +0 \(graph\) +tanh \(graph\)",
        rf"model +lstm_1 +BasicLSTMCell +6 +6 +new +{version} +0 \(graph\) +tanh \(graph\)",
        "",
        r"model: reads ids through Model/embedding \[11, 6\]; gives every step through Model/softmax_w \[6, 11\] \+ .*",
        "",
        "Not placed:",
        r"  other  \[3, 5\]",
        "",
        "Left out: optimizer slots, 0; counters, 0",
    ]
    for line, pattern in zip(lines, patterns, strict=True):
        assert re.fullmatch(pattern, line), line
