using ModelOps.Core.Diagnostics;

namespace ModelOps.Backends.Deployments;

/// <summary>What can go wrong with models that are served for a while: MOPS3127 to MOPS3129.</summary>
public static class DeploymentErrors
{
    public static DiagnosticException NotServed(string trainer, DeploymentOrder order, string name, string why) => Error("MOPS3127",
        $"'{trainer}' does not serve '{Clean(order.Model)}' under the name '{Clean(name)}': {Clean(why)} The model is there and is not trained again: build again to deploy it once more.");

    public static DiagnosticException NotRemoved(string trainer, IEnumerable<string> names, string why) => Error("MOPS3128",
        $"'{trainer}' still serves what this build deployed to ask it ({string.Join(", ", names.Select(Clean))}), which may cost: {Clean(why)} What was answered is kept. Build again, and it is removed first, or remove it there.");

    public static Diagnostic NotSwept(string trainer, int count, string why) => Diagnostic.Warning("MOPS3129",
        $"A build that was killed has left {count} deployment{(count == 1 ? "" : "s")} at '{trainer}', which may cost and could not be removed: {Clean(why)}");

    private static string Clean(string text) => ForeignText.Clean(text, 300);

    private static DiagnosticException Error(string code, string message) => new(Diagnostic.Error(code, message));
}
