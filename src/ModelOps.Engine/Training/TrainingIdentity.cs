using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ModelOps.Engine.Models;
using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Training;

/// <summary>SHA-256 over all that decides a run's result, so that a checkpoint continues only the run it came from.</summary>
internal static unsafe class TrainingIdentity
{
    /// <param name="objective">Its name.</param>
    /// <param name="arithmetic">The library that computes, with all of it that decides a result; null for the engine.</param>
    internal static byte[] Of(
        LlamaModel model, LoraAdapter? adapter, string objective, TrainingRows training, TrainingRows validation, TrainingOptions options, string? arithmetic = null)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // Threads and checkpoints change no result, and neither do validation rows where nothing is chosen by them.
        var settings = options with
        {
            Threads = 0, CheckpointEverySteps = 0, CheckpointFolder = null, EvaluationSteps = options.ChoosesByValidation ? options.EvaluationSteps : 0,
        };
        hash.AppendData(Encoding.UTF8.GetBytes(objective + arithmetic));
        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(settings));
        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(model.Config));
        foreach (var weight in LlamaWeightNames.All(model.Config))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(weight.Name));
            if (weight.Shape.Length == 2)
            {
                var matrix = model.Matrix(weight.Name);
                Append(hash, matrix.Data, matrix.DataLength);
                Append(hash, (byte*)matrix.Elements.Scales, matrix.ScalesLength);
            }
            else
            {
                hash.AppendData(new ReadOnlySpan<byte>(model.VectorOrNull(weight.Name), weight.Shape[0] * sizeof(float)));
            }
        }

        foreach (var parameter in adapter?.Parameters.All ?? [])
            hash.AppendData(new ReadOnlySpan<byte>(parameter.Value, checked((int)parameter.Length * sizeof(float))));
        training.AppendTo(hash);
        if (options.ChoosesByValidation)
            validation.AppendTo(hash);
        return hash.GetHashAndReset();
    }

    private static void Append(IncrementalHash hash, byte* data, long length)
    {
        const int Chunk = 1 << 24;
        for (long at = 0; at < length; at += Chunk)
            hash.AppendData(new ReadOnlySpan<byte>(data + at, (int)Math.Min(Chunk, length - at)));
    }
}
