"""When updates are due, over several calls of `fit`."""

from tb_actmax.training.schedule import Schedule, TrainingStep


def fit(schedule, epochs, initial_epoch=0, batches=4):
    """Simulates `fit`; returns the points at which updates are due."""
    due = []
    for epoch in range(initial_epoch, epochs):
        if epoch == initial_epoch:
            if schedule.begin_fit(epoch, epoch * batches):
                due.append(schedule.now)
        schedule.begin_epoch()
        for batch in range(batches):
            if schedule.counts_batches and schedule.end_batch(batch, batches):
                due.append(schedule.now)
        if schedule.end_epoch(epoch):
            due.append(schedule.now)
    return due


def steps(due):
    return [at.step for at in due]


def test_epochs_are_counted_from_the_untrained_network():
    assert steps(fit(Schedule(), 3)) == [0, 1, 2, 3]
    assert steps(fit(Schedule(every=2), 5)) == [0, 2, 4]


def test_a_second_fit_continues_the_count():
    schedule = Schedule()
    fit(schedule, 2)
    assert steps(fit(schedule, 2)) == [2, 3, 4]
    # `initial_epoch` counts the earlier epochs itself.
    assert steps(fit(schedule, 6, initial_epoch=4)) == [4, 5, 6]


def test_a_resumed_training_starts_at_its_first_epoch():
    assert steps(fit(Schedule(every=2), 6, initial_epoch=3)) == [4, 6]


def test_batches_are_counted_over_epochs():
    schedule = Schedule(update_freq=3)
    assert fit(schedule, 2) == [
        TrainingStep(0, 0),
        TrainingStep(0.75, 3),
        TrainingStep(1.5, 6),
    ]
    assert steps(fit(schedule, 1)) == [9, 12]
    assert steps(fit(Schedule(update_freq=3), 4, initial_epoch=3)) == [12, 15]


def test_batches_that_keras_runs_at_once_are_not_missed():
    schedule = Schedule(update_freq=4)
    schedule.begin_fit(0, 0)
    schedule.begin_epoch()
    assert not schedule.end_batch(2, None)
    assert schedule.end_batch(5, None)
    assert schedule.now.step == 6


def test_how_much_of_a_fit_is_left():
    schedule = Schedule(update_freq=2)
    assert schedule.left is None
    left = []
    for first, last in ((1, 3), (0, 2)):  # the second continues the count
        schedule.begin_fit(first, 0, last)
        for epoch in range(first, last):
            schedule.begin_epoch()
            left.append(schedule.left)
            schedule.end_batch(1, 4)
            left.append(schedule.left)
            schedule.end_epoch(epoch)
        left.append(schedule.left)
    assert left == 2 * [1, 0.75, 0.5, 0.25, 0]
    schedule.begin_fit(2, 0)
    assert schedule.left is None


def test_a_step_is_an_epoch_or_a_batch():
    assert str(TrainingStep(3)) == "Epoch 3"
    assert str(TrainingStep(2.25, 900)) == "Batch 900 (epoch 2.25)"
