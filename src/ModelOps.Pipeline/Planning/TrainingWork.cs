using ModelOps.Core.Data;
using ModelOps.Core.Protocol;

namespace ModelOps.Pipeline.Planning;

/// <summary>How much goes through the model in a training.</summary>
/// <param name="Rows">Rows, as often as they are seen.</param>
/// <param name="Bytes">Their text in the dataset's files, as often as it is seen.</param>
public readonly record struct TrainingWork(long Rows, long Bytes)
{
    public static TrainingWork Of(TrainOptions options, DatasetManifest dataset)
    {
        DatasetSet training = dataset.Set(DatasetKind.Training)!;
        double rows = (double)training.Rows.Count * options.Epochs;
        if (options.MaxSteps > 0)
        {
            rows = Math.Min(rows, (double)options.MaxSteps * options.BatchSize * options.GradientAccumulationSteps);
        }

        return new TrainingWork((long)rows, (long)(training.Files.Sum(f => f.Bytes) * rows / Math.Max(1, training.Rows.Count)));
    }
}
