using System.Text.Json.Nodes;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Gating;
using ModelOps.Core.Lineage;
using ModelOps.Core.Signing;
using JsonNode = System.Text.Json.Nodes.JsonNode;

namespace ModelOps.Core.Packaging;

/// <summary>Whether the documents of a package tell one story: manifest, fingerprint, evaluation, verdict and the statements about them.</summary>
public static class PackageEvidence
{
    public const string Provenance = "lineage/provenance.intoto.jsonl";
    public const string EvaluationResult = "lineage/evaluation.intoto.jsonl";
    public const string BillOfMaterials = "lineage/bom.cdx.json";
    public const string Fingerprint = "lineage/fingerprint.json";
    public const string Evaluation = "lineage/eval.json";
    public const string Verdict = "lineage/verdict.json";

    /// <summary>Files with a statement, each of which a signature can cover by itself.</summary>
    public static IReadOnlyList<string> Statements { get; } = [Provenance, EvaluationResult];

    /// <summary>What contradicts what; each is <c>MOPS6111</c>. A document that a package lacks is nobody's contradiction: who needs it asks for it in a policy.</summary>
    public static IEnumerable<Diagnostic> Check(string root, ModelManifest manifest)
    {
        foreach (string file in manifest.Files.Select(f => f.Path).Where(Checks.ContainsKey))
        {
            string path = Path.Combine(root, file);
            string? problem;
            try
            {
                problem = Checks[file](root, manifest);
            }
            catch (Exception e) when (e is FormatException or DiagnosticException or JsonProblemException or InvalidOperationException or IOException or UnauthorizedAccessException)
            {
                problem = (e as DiagnosticException)?.Diagnostic.Message ?? e.Message;
            }

            if (problem is not null)
            {
                yield return TrustErrors.Contradiction(manifest.Id, path, problem);
            }
        }
    }

    private static readonly Dictionary<string, Func<string, ModelManifest, string?>> Checks = new(StringComparer.Ordinal)
    {
        [Provenance] = CheckProvenance,
        [EvaluationResult] = CheckEvaluationStatement,
        [Fingerprint] = (root, manifest) => ReadFingerprint(root).Key.ToString() == manifest.TrainingKey ? null : "its key is not the training key of the manifest",
        [Verdict] = CheckVerdict,
    };

    private static FingerprintFile ReadFingerprint(string root) => FingerprintFile.Parse(File.ReadAllBytes(Path.Combine(root, Fingerprint)));

    private static string? CheckProvenance(string root, ModelManifest manifest)
    {
        var statement = Statement.Parse(File.ReadAllBytes(Path.Combine(root, Provenance)));
        string? baseDigest = (string?)statement.Predicate["buildDefinition"]?["resolvedDependencies"]?.AsArray()
            .FirstOrDefault(d => (string?)d?["name"] == ProvenanceStatement.BaseModel)?["digest"]?["sha256"];
        return statement.PredicateType != ProvenanceStatement.PredicateType ? "it is no SLSA provenance"
            : SubjectProblem(statement, manifest)
            ?? ("sha256:" + baseDigest == manifest.BaseDigest ? null : "it names another base model than the manifest");
    }

    private static string? CheckEvaluationStatement(string root, ModelManifest manifest)
    {
        var statement = Statement.Parse(File.ReadAllBytes(Path.Combine(root, EvaluationResult)));
        JsonNode? verdict = JsonNode.Parse(File.ReadAllBytes(Path.Combine(root, Verdict)));
        return statement.PredicateType != EvaluationStatement.PredicateType ? "it is no test result"
            : SubjectProblem(statement, manifest)
            ?? (JsonNode.DeepEquals(statement.Predicate[EvaluationStatement.VerdictMember], verdict) ? null : "its verdict is not that of verdict.json");
    }

    /// <summary>The verdict belongs to the evaluation, the evaluation to the training, and the manifest says the same.</summary>
    private static string? CheckVerdict(string root, ModelManifest manifest)
    {
        Verdict verdict = VerdictJson.Read(Path.Combine(root, Verdict));
        EvaluationReport report = EvaluationJson.Read(Path.Combine(root, Evaluation));
        return StrictJson.Name(verdict.Outcome) != manifest.Verdict ? "it says something else than the manifest"
            : verdict.EvaluationKey != report.Key ? "it was passed on another evaluation"
            : report.Fields.Names.Contains("trainingKey") && report.Fields.Value("trainingKey") != $"\"{manifest.TrainingKey}\"" ? "the evaluation is of another model"
            : verdict.MayShip ? null : "it does not allow the package to exist";
    }

    private static string? SubjectProblem(Statement statement, ModelManifest manifest)
    {
        var said = statement.Subjects.Select(s => (s.Name, s.Digest.ToString())).ToHashSet();
        return said.SetEquals(manifest.Files.Where(f => f.Path.StartsWith("model/", StringComparison.Ordinal)).Select(f => (f.Path, f.Digest)))
            ? null : "it speaks of other files than the package has";
    }
}
