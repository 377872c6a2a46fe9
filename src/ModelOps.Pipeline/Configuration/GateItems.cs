using ModelOps.Core.Diagnostics;
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
            if (log.Try(() => Parse(item, xml)) is { } gate)
            {
                gates.Add(gate);
            }
        }

        if (gates.Count < inputs.Gates.Count)
        {
            return null;
        }

        return enabled
            ? log.Try(() => GateDefinition.Plan(gates, inputs.PromptBaselines.Count > 0, new SourceLocation(inputs.ProjectFile)))
            : [];
    }

    private static GateDefinition Parse(ProjectItem item, ProjectXml xml)
    {
        try
        {
            return GateDefinition.Parse(item.Include, item.Metadata, xml.ItemLocation(item.Type, item.Include));
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
