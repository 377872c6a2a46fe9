namespace ModelOps.Engine.Training;

/// <summary>What a run has done so far: steps, epochs and evaluations, in their order.</summary>
internal sealed class TrainingHistory
{
    internal List<TrainingStep> Steps { get; } = [];

    internal List<TrainingEpoch> Epochs { get; } = [];

    internal List<TrainingEvaluation> Evaluations { get; } = [];

    internal void Write(BinaryWriter writer)
    {
        WriteAll(writer, Steps, step =>
        {
            writer.Write(step.Loss);
            writer.Write(step.LearningRate);
            writer.Write(step.GradientNorm);
            writer.Write(step.Tokens);
            writer.Write(step.ScoredTokens);
            Write(writer, step.RewardAccuracy);
            Write(writer, step.RewardMargin);
        });
        WriteAll(writer, Epochs, epoch =>
        {
            writer.Write(epoch.Epoch);
            writer.Write(epoch.Step);
            writer.Write(epoch.TrainingLoss);
            Write(writer, epoch.RewardAccuracy);
            Write(writer, epoch.RewardMargin);
        });
        WriteAll(writer, Evaluations, evaluation =>
        {
            writer.Write(evaluation.Step);
            writer.Write(evaluation.Loss);
            Write(writer, evaluation.RewardAccuracy);
            Write(writer, evaluation.RewardMargin);
        });
    }

    internal void Read(BinaryReader reader)
    {
        for (int i = reader.ReadInt32(); i > 0; i--)
        {
            Steps.Add(new TrainingStep(reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble(), reader.ReadInt32(), reader.ReadInt32())
            {
                RewardAccuracy = ReadOptional(reader), RewardMargin = ReadOptional(reader),
            });
        }

        for (int i = reader.ReadInt32(); i > 0; i--)
        {
            int epoch = reader.ReadInt32(), step = reader.ReadInt32();
            double loss = reader.ReadDouble();
            Epochs.Add(new TrainingEpoch(epoch, step, loss, null) { RewardAccuracy = ReadOptional(reader), RewardMargin = ReadOptional(reader) });
        }

        for (int i = reader.ReadInt32(); i > 0; i--)
            Evaluations.Add(new TrainingEvaluation(reader.ReadInt32(), reader.ReadDouble()) { RewardAccuracy = ReadOptional(reader), RewardMargin = ReadOptional(reader) });
        for (int i = 0; i < Epochs.Count; i++)
            Epochs[i] = Epochs[i] with { ValidationLoss = Evaluations.Find(e => e.Step == Epochs[i].Step)?.Loss };
    }

    private static void WriteAll<T>(BinaryWriter writer, List<T> items, Action<T> write)
    {
        writer.Write(items.Count);
        items.ForEach(write);
    }

    private static void Write(BinaryWriter writer, double? value) => writer.Write(value ?? double.NaN);

    private static double? ReadOptional(BinaryReader reader) => reader.ReadDouble() is var value && !double.IsNaN(value) ? value : null;
}
