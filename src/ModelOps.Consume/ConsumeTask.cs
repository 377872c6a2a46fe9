using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;
using Task = Microsoft.Build.Utilities.Task;

namespace ModelOps.Consume;

/// <summary>Turns expected failures into one coded message each; anything else is a bug and surfaces as one.</summary>
public abstract class ConsumeTask : Task
{
    /// <summary>The model packages this project references: package id, with metadata <c>Root</c> and <c>ManifestDigest</c>.</summary>
    public ITaskItem[] Packages { get; set; } = [];

    public sealed override bool Execute()
    {
        try
        {
            ExecuteCore();
        }
        catch (DiagnosticException e)
        {
            Report(e.Diagnostic);
        }

        return !Log.HasLoggedErrors;
    }

    protected abstract void ExecuteCore();

    /// <summary>Where the packages are; their targets give absolute paths.</summary>
    private protected IReadOnlyList<RestoredPackage> Restored => [.. Packages
        .Select(package => new RestoredPackage(Path.GetFullPath(package.GetMetadata("Root")), package.GetMetadata("ManifestDigest") is { Length: > 0 } digest ? digest : null,
            IsOwn: package.GetMetadata("FromProject") == "true"))
        .Distinct()];

    protected void Report(Diagnostic diagnostic)
    {
        ArgumentNullException.ThrowIfNull(diagnostic);
        SourceLocation at = diagnostic.Location ?? default;
        if (diagnostic.Severity == DiagnosticSeverity.Warning)
        {
            Log.LogWarning(null, diagnostic.Code, null, at.File, at.Line, at.Column, 0, 0, diagnostic.Message);
        }
        else
        {
            Log.LogError(null, diagnostic.Code, null, at.File, at.Line, at.Column, 0, 0, diagnostic.Message);
        }
    }
}
