using System.Text.Json.Nodes;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Sharing;

namespace ModelOps.Pipeline.Evaluating;

/// <summary>Evaluations by key in the store: going back to an earlier model costs no arithmetic, as it costs no training.</summary>
/// <param name="unsigned">Of a model that came unsigned from a feed.</param>
internal sealed class KeptEvaluation(ResultSource results, StageFiles files, bool unsigned)
{
    private const string Report = "eval.json";
    private const string Measured = "measured.json";

    private ResultScope Scope => unsigned ? ResultScope.Unproven : ResultScope.Proven;

    /// <summary>Puts the report of a key into place; false when the store has none.</summary>
    public bool TryRestore(ActionKey key) => Take(folder => results.TryRestore(key, folder, Scope)) is not null;

    /// <summary>Puts the report that the feed has into place and returns the feed's name; null when it has none that may be used.</summary>
    public string? TryPull(FingerprintFile action, CancellationToken cancellation) => Take(folder => results.TryPull(action, folder, Scope, cancellation))?.Feed;

    /// <summary>Stores a report, and what was measured on the way, and puts both into place.</summary>
    public void Keep(FingerprintFile action, EvaluationReport report, JsonObject measured, CancellationToken cancellation)
    {
        byte[] bytes = EvaluationJson.Write(report);
        InFolder(folder =>
        {
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(Path.Combine(folder, Report), bytes);
            File.WriteAllText(Path.Combine(folder, Measured), measured.ToJsonString());
            StoredAction stored = (unsigned ? results.Unproven : results.Proven).Put(action, folder, cancellation);
            if (!unsigned)
            {
                results.MadeHere(action.Key);
                results.Push(stored, folder, Measured, cancellation);
            }
        });
        Place(bytes, measured);
    }

    private ResultOrigin? Take(Func<string, ResultOrigin?> from)
    {
        ResultOrigin? origin = null;
        InFolder(folder =>
        {
            origin = from(folder);
            if (origin is not null)
            {
                Place(File.ReadAllBytes(Path.Combine(folder, Report)), JsonNode.Parse(File.ReadAllBytes(Path.Combine(folder, Measured)))!.AsObject());
            }
        });
        return origin;
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
