using System.Globalization;
using System.Text;
using System.Text.Json;
using ModelOps.Core.Evaluation;

namespace ModelOps.Pipeline.Packaging;

/// <summary>The YAML block with which a Hugging Face model card begins: licence, library, task and evaluation results, in the words that the hub knows.</summary>
/// <remarks>Rules: the hub's model card metadata specification. The hub refuses a <c>base_model</c> that is no repository of its own, and a folder or a package is none,
/// so the card names the base in its text. Values are JSON strings, which YAML reads as they are.</remarks>
internal static class ModelCardMetadata
{
    /// <summary>Licences that the hub names, by their SPDX identifier in lower case.</summary>
    private static readonly HashSet<string> s_licenses = new(StringComparer.Ordinal)
    {
        "afl-3.0", "apache-2.0", "artistic-2.0", "bsl-1.0", "bsd-2-clause", "bsd-3-clause", "bsd-3-clause-clear", "c-uda-1.0", "cc0-1.0", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0",
        "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nd-4.0", "cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0",
        "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "cdla-permissive-1.0", "cdla-permissive-2.0", "cdla-sharing-1.0", "ecl-2.0", "epl-1.0", "epl-2.0", "etalab-2.0", "eupl-1.1", "eupl-1.2",
        "agpl-3.0", "gpl-2.0", "gpl-3.0", "lgpl-2.1", "lgpl-3.0", "isc", "lppl-1.3c", "mit", "mpl-2.0", "ms-pl", "ncsa", "ofl-1.1", "osl-3.0", "postgresql", "unlicense", "wtfpl", "zlib",
    };

    private static readonly Dictionary<string, string> s_metrics = new(StringComparer.Ordinal)
    {
        ["ExactMatch"] = "exact_match", ["MacroF1"] = "f1", ["MicroF1"] = "f1", ["FieldAccuracy"] = "accuracy", ["MeanLoss"] = "loss",
    };

    /// <summary>The block with both its fences and a final newline.</summary>
    public static string Write(PackageFacts facts)
    {
        bool whole = facts.Base is null;
        var text = new StringBuilder("---\n");
        AppendLicense(text, facts.Says.Details.License);
        Line("library_name", facts.Tuned?.Trainer ?? (whole ? "transformers" : "peft"));
        Line("pipeline_tag", "text-generation");
        text.Append("tags:\n");
        Item("modelops");
        Item(facts.Method);
        text.Append("model-index:\n");
        text.Append(CultureInfo.InvariantCulture, $"- name: {Quote(facts.Package.Id)}\n  results:\n  - task:\n      type: text-generation\n    dataset:\n      name: held-out rows\n      type: private\n    metrics:\n");
        foreach (MetricValue metric in facts.Report.Candidate.Metrics)
        {
            text.Append(CultureInfo.InvariantCulture, $"    - type: {Quote(s_metrics.GetValueOrDefault(metric.Spec.Name, metric.Spec.Name))}\n      name: {Quote(metric.Spec.ToString())}\n      value: {metric.Value:R}\n");
        }

        return text.Append("---\n").ToString();

        void Line(string name, string value) => text.Append(CultureInfo.InvariantCulture, $"{name}: {Quote(value)}\n");
        void Item(string value) => text.Append(CultureInfo.InvariantCulture, $"- {Quote(value)}\n");
    }

    private static void AppendLicense(StringBuilder text, string license)
    {
        string name = license.ToLowerInvariant();
        foreach (string suffix in (string[])["-only", "-or-later"])
        {
            name = name.EndsWith(suffix, StringComparison.Ordinal) ? name[..^suffix.Length] : name;
        }

        // What the hub has no word for is `other`, with its name.
        text.Append(s_licenses.Contains(name)
            ? $"license: {Quote(name)}\n"
            : $"license: \"other\"\nlicense_name: {Quote(Slug(license))}\n");
    }

    private static string Slug(string license) => string.Concat(license.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '-'));

    private static string Quote(string text) => JsonSerializer.Serialize(text);
}
