using Microsoft.Build.Framework;
using ModelOps.Core.Diagnostics;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Sharing;

namespace ModelOps.Build.Tasks;

/// <summary>The feed of a project, as one build sees it.</summary>
internal static class BuildFeed
{
    /// <summary>Null when the project shares no results.</summary>
    public static SharedCache? Open(IBuildEngine engine, CacheOptions options, ProjectInputs inputs, IStageLog log)
        => SharedCache.Open(options, Health(engine, options.Source), inputs, log);

    public static TimeSpan Timeout(string value, ProjectInputs inputs)
        => TimeSpan.FromSeconds(WorkerTask.Count(value, Names.ModelOpsCacheTimeout, "a whole number of seconds, 1 or more", inputs, least: 1));

    /// <summary>One for all projects of a build on this node, so that a dead feed costs one wait and one warning.</summary>
    private static FeedHealth Health(IBuildEngine engine, string source)
    {
        string key = $"{typeof(FeedHealth).FullName}|{source}";
        if (engine is not IBuildEngine4 objects)
        {
            return new FeedHealth();
        }

        if (objects.GetRegisteredTaskObject(key, RegisteredTaskObjectLifetime.Build) is not FeedHealth health)
        {
            health = new FeedHealth();
            objects.RegisterTaskObject(key, health, RegisteredTaskObjectLifetime.Build, allowEarlyCollection: false);
        }

        return health;
    }
}
