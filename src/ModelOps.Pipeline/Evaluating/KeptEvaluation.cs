using System.Text.Json.Nodes;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline.Files;

namespace ModelOps.Pipeline.Evaluating;

/// <summary>Evaluations by key in the store: going back to an earlier model costs no arithmetic, as it costs no training.</summary>
internal sealed class KeptEvaluation(ModelStore store, StageFiles files)
{
    private const string Report = "eval.json";
    private const string Measured = "measured.json";

    /// <summary>Puts the report of a key into place; false when the store has none.</summary>
    public bool TryRestore(ActionKey key)
    {
        bool found = false;
        InFolder(folder =>
        {
            found = store.TryRestore(key, folder);
            if (found)
            {
                Place(File.ReadAllBytes(Path.Combine(folder, Report)), JsonNode.Parse(File.ReadAllBytes(Path.Combine(folder, Measured)))!.AsObject());
            }
        });
        return found;
    }

    /// <summary>Stores a report, and what was measured on the way, and puts both into place.</summary>
    public void Keep(FingerprintFile action, EvaluationReport report, JsonObject measured, CancellationToken cancellation)
    {
        byte[] bytes = EvaluationJson.Write(report);
        InFolder(folder =>
        {
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(Path.Combine(folder, Report), bytes);
            File.WriteAllText(Path.Combine(folder, Measured), measured.ToJsonString());
            store.Put(action, folder, cancellation);
        });
        Place(bytes, measured);
    }

    private void Place(byte[] report, JsonObject measured)
    {
        AtomicFile.WriteIfDifferent(files.Evaluation, report);
        Measurements.Update(files.Measurements, "evaluate", measured);
    }

    private void InFolder(Action<string> use)
    {
        string folder = Path.Combine(files.Work, $"evaluation-{Guid.NewGuid():N}");
        try
        {
            use(folder);
        }
        finally
        {
            FolderSwap.Delete(folder);
        }
    }
}
