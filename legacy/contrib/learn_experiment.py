"""`tf.contrib.learn`: experiments, monitors, and running operations without a session of one's own.

Source: tensorflow/contrib/learn/python/learn/{experiment,learn_runner,monitors,graph_actions}.py, TensorFlow 1.15.
"""

import tensorflow.compat.v1 as tf

__all__ = ["Experiment", "TaskType", "run_feeds", "run_n"]


class TaskType:
    MASTER, PS, WORKER = "master", "ps", "worker"


# --- monitors: hooks by their older names ---


class BaseMonitor(tf.train.SessionRunHook):
    """What a script's own monitor comes from: begin, step_begin -> tensors, step_end(step, outputs), end."""

    def set_estimator(self, estimator):
        self._estimator = estimator

    def begin(self, max_steps=None):
        self._step = tf.train.get_global_step()

    def step_begin(self, step):
        """Returns what is to be run beside the step: names or tensors, a list."""
        return []

    def step_end(self, step, output):
        """Returns whether to stop. output: name -> value."""
        return False

    def post_step(self, step, session):
        pass

    def before_run(self, run_context):
        self._last = getattr(self, "_last", None)
        step = run_context.session.run(self._step) + 1
        wanted = self.step_begin(step) or []
        return tf.train.SessionRunArgs(
            {"step": self._step, "wanted": {getattr(each, "name", each): each for each in wanted}}
        )

    def after_run(self, run_context, run_values):
        step = run_context.session.run(self._step)
        if self.step_end(step, run_values.results["wanted"]):
            run_context.request_stop()
        self.post_step(step, run_context.session)

    def end(self, session=None):
        pass


class EveryN(BaseMonitor):
    """The same every so many steps, and in each of the first."""

    def __init__(self, every_n_steps=100, first_n_steps=1):
        self._every, self._first, self._last_step = every_n_steps, first_n_steps, 0

    def every_n_step_begin(self, step):
        return []

    def every_n_step_end(self, step, outputs):
        return False

    def step_begin(self, step):
        self._now = step <= self._first or step >= self._every + self._last_step
        return self.every_n_step_begin(step) if self._now else []

    def step_end(self, step, output):
        if not self._now:
            return False
        self._last_step = step
        return self.every_n_step_end(step, output)


class ValidationMonitor(EveryN):
    """Evaluates an Estimator on its newest checkpoint every so many steps, and may stop its training."""

    def __init__(
        self, x=None, y=None, input_fn=None, batch_size=None, eval_steps=None, every_n_steps=100, metrics=None,
        hooks=None, early_stopping_rounds=None, early_stopping_metric="loss", early_stopping_metric_minimize=True,
        name=None, check_interval_secs=5,
    ):  # fmt: skip
        super().__init__(every_n_steps, -1)
        if x is None and input_fn is None:
            raise ValueError("Either x or input_fn should be provided.")
        self._how = {
            "x": x,
            "y": y,
            "input_fn": input_fn,
            "batch_size": batch_size,
            "steps": eval_steps,
            "metrics": metrics,
        }
        self._rounds, self._metric, self._minimize = (
            early_stopping_rounds,
            early_stopping_metric,
            early_stopping_metric_minimize,
        )
        self._checked = None
        self.best_step = self.best_value = self.best_metrics = None
        self.early_stopped = False

    def every_n_step_end(self, step, outputs):
        path = tf.train.latest_checkpoint(self._estimator.model_dir)
        if path is None or path == self._checked:
            return False
        self._checked = path
        found = self._estimator.evaluate(**self._how)
        tf.logging.info(
            "Validation (step %d): %s", step, ", ".join(f"{name} = {value}" for name, value in found.items())
        )
        if self._rounds is None:
            return False
        if self._metric not in found:
            raise ValueError(f"Metric {self._metric} missing from outputs {set(found)}.")
        value = found[self._metric]
        better = self.best_value is None or (value < self.best_value if self._minimize else value > self.best_value)
        if better:
            self.best_value, self.best_metrics, self.best_step = value, dict(found), step
        self.early_stopped = step - self.best_step >= self._rounds
        return self.early_stopped


MONITORS = {
    "BaseMonitor": BaseMonitor,
    "CheckpointSaver": tf.train.CheckpointSaverHook,
    "EveryN": EveryN,
    "GraphDump": None,
    "LoggingTrainable": None,
    "NanLoss": tf.train.NanTensorHook,
    "NanLossDuringTrainingError": tf.train.NanLossDuringTrainingError,
    "PrintTensor": lambda tensor_names, every_n=100, first_n=1: tf.train.LoggingTensorHook(tensor_names, every_n),
    "StepCounter": lambda every_n_steps=100, output_dir=None, summary_writer=None: tf.train.StepCounterHook(
        every_n_steps, None, output_dir, summary_writer
    ),
    "StopAtStep": lambda num_steps=None, last_step=None: tf.train.StopAtStepHook(num_steps, last_step),
    "ValidationMonitor": ValidationMonitor,
}
MONITORS = {name: value for name, value in MONITORS.items() if value is not None}


# --- experiments ---


class Experiment:
    """An estimator, tf.contrib.learn's or tf.estimator's, with what it is trained and evaluated on."""

    def __init__(
        self, estimator, train_input_fn, eval_input_fn, eval_metrics=None, train_steps=None, eval_steps=100,
        train_monitors=None, eval_hooks=None, local_eval_frequency=None, eval_delay_secs=120,
        continuous_eval_throttle_secs=60, min_eval_frequency=None, delay_workers_by_global_step=False,
        export_strategies=None, train_steps_per_iteration=None, checkpoint_and_export=False, saving_listeners=None,
        check_interval_secs=5,
    ):  # fmt: skip
        self.estimator, self._train_input_fn, self._eval_input_fn = estimator, train_input_fn, eval_input_fn
        self.eval_metrics, self.train_steps, self.eval_steps = eval_metrics, train_steps, eval_steps
        self._monitors, self._eval_hooks = list(train_monitors or []), eval_hooks
        self._frequency = 1 if min_eval_frequency is None else min_eval_frequency

    def extend_train_hooks(self, additional_hooks):
        self._monitors.extend(additional_hooks)

    def train(self, delay_secs=None, monitors=()):
        """Trains until `train_steps`."""
        hooks = [*self._monitors, *monitors]
        if hasattr(self.estimator, "fit"):
            return self.estimator.fit(input_fn=self._train_input_fn, max_steps=self.train_steps, monitors=hooks)
        return self.estimator.train(self._train_input_fn, hooks, max_steps=self.train_steps)

    def evaluate(self, delay_secs=None, name=None):
        """Returns the metrics."""
        how = {"metrics": self.eval_metrics} if hasattr(self.estimator, "fit") else {}
        return self.estimator.evaluate(
            input_fn=self._eval_input_fn, steps=self.eval_steps, hooks=self._eval_hooks, name=name, **how
        )

    def train_and_evaluate(self):
        """Trains, evaluating on the way if there are new checkpoints, and returns (the last metrics, nothing exported)."""
        monitors = []
        if self._frequency and hasattr(self.estimator, "fit"):
            monitors.append(
                ValidationMonitor(
                    input_fn=self._eval_input_fn, eval_steps=self.eval_steps, metrics=self.eval_metrics,
                    every_n_steps=self._frequency, hooks=self._eval_hooks,
                )
            )  # fmt: skip
        self.train(monitors=monitors)
        return self.evaluate(), []

    def local_run(self):
        return self.train_and_evaluate()

    def test(self):
        """Trains for one step and evaluates one."""
        steps, self.train_steps, self.eval_steps = (self.train_steps, self.eval_steps), 1, 1
        found = self.train_and_evaluate()
        self.train_steps, self.eval_steps = steps
        return found

    continuous_eval = evaluate


def run(experiment_fn, output_dir=None, schedule=None, run_config=None, hparams=None):
    """Runs what `experiment_fn(run_config, hparams)`, or `experiment_fn(output_dir)`, makes: by default it trains and
    evaluates."""
    if output_dir is not None and run_config is not None:
        raise ValueError("Cannot provide both `output_dir` and `run_config`")
    if output_dir is None and run_config is None:
        raise ValueError("Must set value for `output_dir` or `run_config`")
    made = experiment_fn(output_dir=output_dir) if run_config is None else experiment_fn(run_config, hparams)
    if not isinstance(made, Experiment):
        raise TypeError(f"Experiment builder did not return an Experiment instance, got {type(made)} instead.")
    schedule = schedule or "train_and_evaluate"
    if not hasattr(made, schedule):
        raise ValueError(f"Schedule references non-existent task {schedule}")
    return getattr(made, schedule)()


def run_feeds(output_dict, feed_dicts, restore_checkpoint_path=None):
    """Returns name -> value for each feed, a list, of tensors by their names, in a session of its own with queues."""
    graph = tf.get_default_graph() if not output_dict else next(iter(output_dict.values())).graph
    with graph.as_default(), tf.Session() as session:
        if restore_checkpoint_path:
            tf.train.Saver().restore(session, restore_checkpoint_path)
        else:
            session.run(tf.global_variables_initializer())
        session.run([tf.local_variables_initializer(), tf.tables_initializer()])
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coordinator)
        values = [session.run(output_dict, feed) for feed in feed_dicts]
        coordinator.request_stop()
        coordinator.join(threads, stop_grace_period_secs=5, ignore_live_threads=True)
    return values


def run_n(output_dict, feed_dict=None, restore_checkpoint_path=None, n=1):
    """The same `n` times with one feed."""
    return run_feeds(output_dict, [feed_dict] * n, restore_checkpoint_path)
