using LibGit2Sharp;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Lineage;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Pipeline.Git;

/// <summary>At which commit a project's inputs are, and whether one of them differs from it.</summary>
/// <remarks>Only what enters the model counts: an edit elsewhere in the repository, or a package that the last build left there, makes no input dirty. Ignored files
/// (a base model that is fetched, say) are no part of the commit and are known by their digests.</remarks>
internal static class InputState
{
    /// <param name="revision">What the SDK says; empty: the commit of the repository around the project.</param>
    /// <param name="repository">The address that the project publishes; empty when it publishes none.</param>
    /// <returns>Null where nothing is known of the sources.</returns>
    public static SourceState? Of(ProjectInputs inputs, string revision, string repository, IStageLog log)
    {
        string? address = WithoutSecrets(repository);
        if (!RowHistory.IsInRepository(inputs.ProjectDirectory))
        {
            return revision.Length == 0 ? null : new SourceState(revision, Repository: address);
        }

        if (!GitLibrary.IsThere)
        {
            log.Report(GitErrors.NoInputState());
            return revision.Length == 0 ? null : new SourceState(revision, Repository: address);
        }

        return Look(inputs, revision, address);
    }

    // Another method, so that the binding is not loaded before its native part was found.
    private static SourceState? Look(ProjectInputs inputs, string revision, string? address)
    {
        using var git = new Repository(Repository.Discover(inputs.ProjectDirectory));
        string? head = git.Head.Tip?.Sha;
        string commit = revision.Length > 0 ? revision : head ?? "";

        // A revision that is not the repository's own is another system's business.
        bool? dirty = commit != head || git.Info.WorkingDirectory is not { } root ? null : IsDirty(git, RowHistory.Real(root), inputs);
        return commit.Length == 0 ? null : new SourceState(commit, dirty, address);
    }

    private static bool IsDirty(Repository git, string root, ProjectInputs inputs)
    {
        string project = RowHistory.Real(inputs.ProjectDirectory);
        string[] inside = [.. Files(inputs).Select(file => Path.GetFullPath(Path.GetRelativePath(inputs.ProjectDirectory, file), project))
            .Select(file => Path.GetRelativePath(root, file).Replace(Path.DirectorySeparatorChar, '/'))
            .Where(path => !path.StartsWith("../", StringComparison.Ordinal) && !Path.IsPathRooted(path)).Distinct()];
        return inside.Length > 0 && git.RetrieveStatus(new StatusOptions
        {
            PathSpec = inside,
            DisablePathSpecMatch = true,
            IncludeIgnored = false,
            IncludeUnaltered = false,
            IncludeUntracked = true,
            RecurseUntrackedDirs = true,
        }).Any();
    }

    private static IEnumerable<string> Files(ProjectInputs inputs) =>
    [
        .. inputs.ProjectFiles.Append(inputs.ProjectFile).Select(file => Path.GetFullPath(file, inputs.ProjectDirectory)).Where(File.Exists),
        .. ((IReadOnlyList<ProjectItem>[])[inputs.TrainingData, inputs.ValidationData, inputs.EvalData, inputs.SealedData, inputs.RegressionData, inputs.PromptBaselines]).SelectMany(items => items).Select(item => item.FullPath),
        .. inputs.OfType(Names.SourceData).Select(item => item.FullPath),
        .. inputs.SplitLockFile is { Length: > 0 } known && File.Exists(known) ? [known] : Array.Empty<string>(),
        .. inputs.AnswerSchemaFile is { Length: > 0 } schema ? [schema] : Array.Empty<string>(),
        .. Directory.Exists(inputs.BaseModelDirectory) ? Directory.EnumerateFiles(inputs.BaseModelDirectory) : [],
    ];

    /// <summary>An address may hold a user and a password.</summary>
    private static string? WithoutSecrets(string address)
        => address.Length == 0 ? null
            : Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri.UserInfo.Length > 0 ? new UriBuilder(uri) { UserName = "", Password = "" }.Uri.AbsoluteUri
            : address;
}
