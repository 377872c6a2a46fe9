using ModelOps.Core.Fingerprinting;
using ModelOps.Pipeline.Files;

namespace ModelOps.Pipeline.Configuration;

/// <summary>What a project's base model is.</summary>
internal static class BaseModels
{
    /// <exception cref="Core.Diagnostics.DiagnosticException">A part of the folder is missing or unusable.</exception>
    public static BaseModelIdentity Of(ProjectInputs inputs, StatCache digests, CancellationToken cancellation)
        => RemoteSettings.PointsElsewhere(inputs) is { } elsewhere ? BaseModelIdentity.Elsewhere(elsewhere.Trainer.Name, elsewhere.Model)
            : BaseModelIdentity.Compute(inputs.BaseModelDirectory, path => digests.DigestOf(path, cancellation));
}
