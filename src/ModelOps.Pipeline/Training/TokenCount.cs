using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Pipeline.Training;

/// <summary>The tokens of rows by the base model's own tokenizer and chat template.</summary>
public static class TokenCount
{
    /// <summary>Of all rows once; null where the worker cannot tell (a model that it does not know, preference pairs): then an estimate must do.</summary>
    /// <param name="model">Folder of the base model.</param>
    /// <param name="rows">A row file of a build.</param>
    public static long? Of(WorkerHost worker, string model, string rows, IStageLog log, CancellationToken cancellation)
    {
        if (!Directory.Exists(model) || !File.Exists(rows))
        {
            return null;
        }

        string output = Path.Combine(worker.WorkDirectory, $"tokens-{Guid.NewGuid():N}.jsonl");
        try
        {
            return WorkerProcess.Run(worker, new MaskRequest { Model = model, Input = rows, Output = output }, "Tokens", log, cancellation).Result.Tokens is > 0 and { } tokens ? tokens : null;
        }
        catch (DiagnosticException)
        {
            return null;
        }
        finally
        {
            File.Delete(output);
        }
    }
}
