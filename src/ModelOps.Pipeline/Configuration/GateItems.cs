using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Gating;

namespace ModelOps.Pipeline.Configuration;

/// <summary>From the project's <c>EvalGate</c> items to gates, with the place of each.</summary>
public static class GateItems
{
    /// <summary>The gates that hold, or null when one of them was reported to be wrong. Empty when gates are turned off.</summary>
    public static IReadOnlyList<GateDefinition>? Read(ProjectInputs inputs, ProjectXml xml, bool enabled, StageReport log)
    {
        var gates = new List<GateDefinition>();
        foreach (ProjectItem item in inputs.Gates)
        {
            if (log.Try(() => Parse(inputs, item, xml)) is { } gate)
            {
                gates.Add(gate);
            }
        }

        if (gates.Count < inputs.Gates.Count)
        {
            return null;
        }

        return enabled
            ? log.Try(() => GateDefinition.Plan(gates, OpponentsOf(inputs), new SourceLocation(inputs.ProjectFile)))
            : [];
    }

    /// <summary>The gates as they are written, whether or not the project has whom they compare with; one that is wrong is reported and left out.</summary>
    public static IReadOnlyList<GateDefinition> Written(ProjectInputs inputs, ProjectXml xml, StageReport log)
        => [.. inputs.Gates.Select(item => log.Try(() => Parse(inputs, item, xml))).OfType<GateDefinition>()];

    /// <summary>The files whose text a gate's metric is made of.</summary>
    public static IEnumerable<string> FilesOf(ProjectInputs inputs) => inputs.Gates
        .Where(gate => MetricRegistry.IsFile(gate.Include))
        .Select(gate => gate.Metadata.FirstOrDefault(m => m.Key.Equals(MetricRegistry.ArgumentOf(gate.Include), StringComparison.OrdinalIgnoreCase)).Value?.Trim())
        .OfType<string>().Where(file => file.Length > 0).Select(file => Path.GetFullPath(file, inputs.ProjectDirectory))
        .Concat(inputs.Gates.Where(gate => gate.Include == MetricRegistry.Assembly).SelectMany(gate => AssembliesOf(inputs, gate)))
        .Concat(inputs.Gates.Where(gate => gate.Include == MetricRegistry.Command).SelectMany(gate => InputsOf(inputs, gate)));

    /// <summary>A metric's assembly and those beside it, absolute and in order: it may load any of them.</summary>
    private static IEnumerable<string> AssembliesOf(ProjectInputs inputs, ProjectItem gate)
    {
        string path = Path.GetFullPath(Value(gate, MetricRegistry.Assembly) ?? "", inputs.ProjectDirectory);
        string[] beside = Path.GetDirectoryName(path) is { } folder && Directory.Exists(folder) ? Directory.GetFiles(folder, "*.dll") : [];
        return beside.Append(path).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
    }

    private static string? Value(ProjectItem gate, string name)
        => gate.Metadata.FirstOrDefault(m => m.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value?.Trim() is { Length: > 0 } value ? value : null;

    /// <summary>The files of a command's metadata <c>Inputs</c>, absolute.</summary>
    private static IEnumerable<string> InputsOf(ProjectInputs inputs, ProjectItem gate)
        => (gate.Metadata.FirstOrDefault(m => m.Key.Equals("Inputs", StringComparison.OrdinalIgnoreCase)).Value ?? "")
            .Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(file => Path.GetFullPath(file, inputs.ProjectDirectory));

    private static GateOpponents OpponentsOf(ProjectInputs inputs) => new(inputs.HasBaselines, inputs.RegressionData.Count > 0, inputs.OfType(Names.GateAgainst).Any());

    private static string ReadFile(ProjectInputs inputs, ProjectItem item, string file, ProjectXml xml)
    {
        string path = Path.GetFullPath(file, inputs.ProjectDirectory);
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw MetricErrors.FileUnreadable(item.Include, MetricRegistry.ArgumentOf(item.Include)!, path, failure.Message, xml.ItemLocation(item.Type, item.Include));
        }
    }

    private static Digest DigestOf(string file) => Digest.Of(File.ReadAllBytes(file));

    private static GateDefinition Parse(ProjectInputs inputs, ProjectItem item, ProjectXml xml)
    {
        try
        {
            GateDefinition gate = GateDefinition.Parse(item.Include, item.Metadata, xml.ItemLocation(item.Type, item.Include), file => ReadFile(inputs, item, file, xml));
            string? argument = item.Include switch
            {
                MetricRegistry.Command => CommandArgument.Of(gate.Metric.Argument!, InputsOf(inputs, item).Select(DigestOf)),
                MetricRegistry.Assembly => AssemblyArgument.Of(gate.Metric.Argument!, Value(item, "Type"), AssembliesOf(inputs, item).Select(DigestOf)),
                _ => gate.Metric.Argument,
            };
            return gate with { Metric = gate.Metric with { Argument = argument } };
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw MetricErrors.FileUnreadable(item.Include, item.Include == MetricRegistry.Assembly ? item.Include : "Inputs", Value(item, MetricRegistry.Assembly) ?? item.Include, failure.Message, xml.ItemLocation(item.Type, item.Include));
        }
        catch (DiagnosticException failure) when (Culprit(item, failure.Diagnostic.Message) is { } metadata)
        {
            throw new DiagnosticException(failure.Diagnostic with { Location = xml.ItemLocation(item.Type, item.Include, metadata) }, failure);
        }
    }

    /// <summary>The metadata that a message is about: it is named as <c>Name="value"</c>, <c>'Name'</c> or <c>: Name is</c>.</summary>
    private static string? Culprit(ProjectItem item, string message)
        => item.Metadata.Keys.FirstOrDefault(name => message.Contains($": {name}=\"", StringComparison.OrdinalIgnoreCase)
            || message.Contains($": {name} is ", StringComparison.OrdinalIgnoreCase) || message.Contains($"metadata '{name}'", StringComparison.OrdinalIgnoreCase));
}
